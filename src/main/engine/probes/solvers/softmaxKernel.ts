import type { Tensor2D } from '@tensorflow/tfjs-core'

/** Some rows of softmax regressions side by side, and where they are to be evaluated. */
export interface SoftmaxInput {
  /** [rows, width] */
  x: Tensor2D
  /** One for every set, [rows], each in [0, classes). */
  labels: readonly Int32Array[]
  classes: number
  /** [sets * classes, width] */
  weights: Float32Array
  /** [sets * classes] */
  intercepts: Float32Array
}

/** With P the probabilities of the classes and Y the indicators of the labels, both [rows, sets * classes]: */
export interface SoftmaxSums {
  /** Sums of -log p(label), one a set. */
  losses: Float32Array
  /** (P - Y)'X, [sets * classes, width] */
  vectors: Float32Array
  /** (P - Y)'1, [sets * classes] */
  counts: Float32Array
}

/** The inner step of the solver: two products with X and a softmax between them. */
export type SoftmaxKernel = (input: SoftmaxInput) => SoftmaxSums
