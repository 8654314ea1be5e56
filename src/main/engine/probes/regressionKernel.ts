import type { Tensor2D } from '@tensorflow/tfjs-core'
import { nativeProcessor } from '../backends/nativeProcessor'
import { nativeRegression } from './nativeRegression'
import { portableRegression } from './portableRegression'

/** Some rows of softmax regressions side by side, and where they are to be evaluated. */
export interface RegressionInput {
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
export interface RegressionSums {
  /** Sums of -log p(label), one a set. */
  losses: Float32Array
  /** (P - Y)'X, [sets * classes, width] */
  vectors: Float32Array
  /** (P - Y)'1, [sets * classes] */
  counts: Float32Array
}

/** The inner step of the solver: two products with X and a softmax between them. */
export type RegressionKernel = (input: RegressionInput) => RegressionSums

/**
 * The fastest implementation that the backend in use has. On a GPU that is plain ops: ours is written for processors.
 */
export function activeRegressionKernel(): RegressionKernel {
  const native = nativeProcessor()
  return native ? nativeRegression(native) : portableRegression
}
