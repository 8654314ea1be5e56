import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import type { Preconditioner } from './lbfgs'
import { readOut } from './readOut'
import { choleskyInverse, positiveInverse } from './positiveInverse'

/**
 * The Hessian of softmax regression is the sum over words of (diag p - p p') (x) x x', p the probabilities of the
 * classes [K] and x the vector [E] (Boehning 1992). It is replaced by one Kronecker product M (x) S: M the mean of the
 * first factor, S the sum of the second, each word weighted by how undecided it is (its trace 1 - p.p over the mean of
 * those). With the penalty split between the factors (Martens & Grosse 2015, section 6.3) the inverse is the product of
 * two small inverses. Measured on UD EWT, 384 wide: 35 to 60 evaluations to scikit-learn's tolerance where L-BFGS
 * alone, as scikit-learn runs it, takes 90 to 140 (docs/adr/0002-probe-solver.md).
 */
export interface CurvatureFactors {
  /** M, [K, K]. */
  classes: Float64Array
  /** S, [E, E]. */
  features: Float64Array
}

/**
 * The penalty counts this many times over in the inverse: the directions in which the product differs most from the
 * true Hessian are those where both are small. Between 10 and 100 the number of evaluations hardly changes.
 */
export const damping = 10

/** Damping of last resort, as a share of the mean curvature, for a penalty that is next to nothing. */
export const leastDamping = 1e-4

/** A preconditioner that holds tensors. */
export interface KroneckerPreconditioner {
  /** Parameters are [K, E], class by class. */
  apply: Preconditioner
  dispose(): void
}

/** @param penalty of one squared parameter: lambda in the objective's lambda / 2 |W|^2 */
export async function kroneckerPreconditioner(
  factors: CurvatureFactors,
  classes: number,
  columns: number,
  penalty: number,
  job: JobHandle
): Promise<KroneckerPreconditioner> {
  const classMean = trace(factors.classes, classes) / classes
  const featureMean = trace(factors.features, columns) / columns
  const root = Math.sqrt(damping * penalty + leastDamping * classMean * featureMean)
  const balance = Math.sqrt(featureMean / classMean)
  const left = await choleskyInverse(shifted(factors.classes, classes, root / balance), classes, job)
  const right = await positiveInverse(shifted(factors.features, columns, root * balance), columns, job)
  const leftTensor = tf.tensor2d(new Float32Array(left), [classes, classes])
  return {
    apply: (vector, result) => result.set(multiply(leftTensor, new Float32Array(vector), right)),
    dispose: () => tf.dispose([leftTensor, right])
  }
}

/**
 * M before anything is known of the words: independent classes, the square root between a rare class's p (1 - p) and an
 * equal share for all.
 */
export function priorClassFactor(shares: Float64Array): Float64Array {
  const classes = shares.length
  const factor = new Float64Array(classes * classes)
  // A class that no word has still needs a positive curvature.
  shares.forEach((share, k) => (factor[k * classes + k] = Math.sqrt(Math.max(share * (1 - share), 1e-6))))
  return factor
}

function multiply(left: Tensor2D, vector: Float32Array, right: Tensor2D): Float32Array {
  const product = tf.tidy(() => tf.matMul(tf.matMul(left, tf.tensor2d(vector, [left.shape[0], right.shape[0]])), right))
  return readOut(product)
}

function trace(matrix: Float64Array, size: number): number {
  let sum = 0
  for (let i = 0; i < size; i++) sum += matrix[i * size + i]!
  return sum
}

function shifted(matrix: Float64Array, size: number, shift: number): Float64Array {
  const result = matrix.slice()
  for (let i = 0; i < size; i++) result[i * size + i]! += shift
  return result
}
