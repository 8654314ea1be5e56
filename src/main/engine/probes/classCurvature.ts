import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node/dist/nodejs_kernel_backend'
import type { Preconditioner } from './lbfgs'
import { readOut } from './readOut'

/** Rows of one class, in multiples of the columns, that its curvature is summed up from. */
const rowsOfClass = 2

/** What of a class's curvature comes from its own rows; the rest has the shape of all rows alike, which keeps a sample from being taken for everything. */
const ownShare = 0.8

/** Evaluations that the factors may cost at most; they save some twenty. */
const worthEvaluations = 10

/** Elements that the factors of all classes may have: 128 MiB. */
const mostElements = 1 << 25

/** Whether a backend has the kernels, and the sizes are such that they pay: a class takes 2 columns^3 + columns^3 / 6 operations, an evaluation 2 rows x columns. */
export function classCurvaturePays(rows: number, columns: number, classes: number): boolean {
  if (tf.getBackend() !== 'tensorflow' || (tf.backend() as NodeJSKernelBackend).isUsingGpuDevice) return false
  return columns * columns * (rowsOfClass / 2 + 1 / 6) <= worthEvaluations * 2 * rows && classes * columns * columns <= mostElements
}

/** Some rows of every class, class by class. */
export interface ChosenRows {
  rows: Int32Array
  weights: Float32Array
  /** Where a class begins among them, [classes + 1]. */
  starts: Int32Array
  /** Sum of p (1 - p) of every class over all rows. */
  totals: Float64Array
}

/**
 * For every class about 2 x `columns` rows, each with probability in proportion to its p (1 - p) but at most 1, by systematic sampling from a fixed start, so that
 * nothing is random: the sum of weight x x' has the expected value of the sum over all rows of p (1 - p) x x'.
 * @param probabilities [rows, classes]
 */
export function chooseRows(probabilities: Float32Array, classes: number, columns: number): ChosenRows {
  const count = probabilities.length / classes
  const rows: number[] = []
  const weights: number[] = []
  const starts = new Int32Array(classes + 1)
  const totals = new Float64Array(classes)
  const undecided = new Float32Array(count)
  for (let k = 0; k < classes; k++) {
    for (let row = 0; row < count; row++) {
      const p = probabilities[row * classes + k]!
      totals[k]! += undecided[row] = p * (1 - p)
    }
    const rate = samplingRate(undecided, totals[k]!, rowsOfClass * columns)
    let sum = 0.5
    for (let row = 0; row < count; row++) {
      const chance = Math.min(1, rate * undecided[row]!)
      if (Math.floor(sum + chance) > Math.floor(sum)) {
        rows.push(row)
        weights.push(undecided[row]! / chance)
      }
      sum += chance
    }
    starts[k + 1] = rows.length
  }
  return { rows: Int32Array.from(rows), weights: Float32Array.from(weights), starts, totals }
}

// The factor r with sum of min(1, r w) about `wanted`: what is certain is taken out and the rest scaled again, a few times.
function samplingRate(weights: Float32Array, total: number, wanted: number): number {
  let rate = wanted / total
  for (let round = 0; round < 4; round++) {
    let certain = 0
    let rest = 0
    for (const weight of weights) {
      if (rate * weight >= 1) certain++
      else rest += weight
    }
    if (certain === 0 || certain >= wanted || rest < 1e-6 * total) break
    rate = (wanted - certain) / rest
  }
  return rate
}

/** What the factors are made from. */
export interface ClassCurvatureInput {
  /** [rows, width] */
  x: Tensor2D
  chosen: ChosenRows
  /** Mean of x x' over all rows, [columns, columns]. */
  shared: Float64Array
  /** Added to the diagonal of every class. */
  ridge: number
  /** The same as a share of a class's mean curvature. */
  relativeRidge: number
}

/**
 * A preconditioner by the blocks on the Hessian's diagonal: for class k the sum over rows of p_k (1 - p_k) x x', with what couples the classes left out. Every class
 * has rows of its own that are undecided about it, which one matrix for all (kroneckerPreconditioner.ts) cannot say.
 */
export function classPreconditioner({ x, chosen, shared, ridge, relativeRidge }: ClassCurvatureInput): { apply: Preconditioner; dispose(): void } {
  const { rows, weights, starts, totals } = chosen
  const classes = totals.length
  const columns = x.shape[1] + 1
  const backend = tf.backend() as NodeJSKernelBackend
  const factors = tf.tidy(() => backend.executeSingleOutput('LayerscopeClassCurvature', [], [
    x, tf.tensor1d(rows, 'int32'), tf.tensor1d(weights.map((weight) => ownShare * weight)), tf.tensor1d(starts, 'int32'), tf.tensor1d(new Float32Array(shared)),
    tf.tensor1d(Float32Array.from(totals, (total) => (1 - ownShare) * total)), tf.tensor1d(Float32Array.from(totals, (total) => ridge + relativeRidge * total))
  ]) as Tensor)
  return {
    apply: (vector, result) => result.set(readOut(tf.tidy(() => backend.executeSingleOutput('LayerscopeClassSolve', [], [factors, tf.tensor2d(new Float32Array(vector), [classes, columns])]) as Tensor))),
    dispose: () => factors.dispose()
  }
}
