import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import { extended } from '../../backends/extendedBinding'
import { nativeProcessor } from '../../backends/nativeProcessor'
import type { Preconditioner } from './lbfgs'
import { readOut } from './readOut'

/** Rows of one class, in multiples of the columns, that its curvature is summed up from. */
const rowsOfClass = 2

/**
 * What of a class's curvature comes from its own rows; the rest has the shape of all rows alike, which keeps a sample
 * from being taken for everything.
 */
const ownShare = 0.9

/** Evaluations that the factors may cost at most; they save some twenty. */
const worthEvaluations = 10

/** Elements that the factors of all classes may have: 128 MiB. */
const mostElements = 1 << 25

/**
 * Whether a backend has the kernels, and the sizes are such that they pay: a class takes 2 columns^3 + columns^3 / 6
 * operations, an evaluation 2 rows x columns.
 */
export function classCurvaturePays(rows: number, columns: number, classes: number): boolean {
  if (!nativeProcessor()) return false
  return (
    columns * columns * (rowsOfClass / 2 + 1 / 6) <= worthEvaluations * 2 * rows &&
    classes * columns * columns <= mostElements
  )
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
 * For every class about 2 x `columns` rows, each with probability in proportion to its p (1 - p) but at most 1, by
 * systematic sampling from a fixed start, so that nothing is random: the sum of weight x x' has the expected value of
 * the sum over all rows of p (1 - p) x x'. On native TensorFlow alone.
 * @param undecided p (1 - p), [classes, rows]
 */
export function chooseRows(undecided: Float32Array, classes: number, columns: number): ChosenRows {
  const wanted = rowsOfClass * columns
  const chosen = new Int32Array(classes * (wanted + 1))
  const weights = new Float32Array(chosen.length)
  const starts = new Int32Array(classes + 1)
  const totals = new Float64Array(classes)
  extended(nativeProcessor()!).chooseRows(undecided, wanted, chosen, weights, starts, totals)
  return { rows: chosen.subarray(0, starts[classes]), weights: weights.subarray(0, starts[classes]), starts, totals }
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
 * A preconditioner by the blocks on the Hessian's diagonal: for class k the sum over rows of p_k (1 - p_k) x x', with
 * what couples the classes left out. Every class has rows of its own that are undecided about it, which one matrix for
 * all (kroneckerPreconditioner.ts) cannot say.
 */
export function classPreconditioner({ x, chosen, shared, ridge, relativeRidge }: ClassCurvatureInput): {
  apply: Preconditioner
  dispose(): void
} {
  const { rows, weights, starts, totals } = chosen
  const classes = totals.length
  const columns = x.shape[1] + 1
  const backend = nativeProcessor()!
  const factors = tf.tidy(
    () =>
      backend.executeSingleOutput(
        'LayerscopeClassCurvature',
        [],
        [
          x,
          tf.tensor1d(rows, 'int32'),
          tf.tensor1d(weights.map((weight) => ownShare * weight)),
          tf.tensor1d(starts, 'int32'),
          tf.tensor1d(new Float32Array(shared)),
          tf.tensor1d(Float32Array.from(totals, (total) => (1 - ownShare) * total)),
          tf.tensor1d(Float32Array.from(totals, (total) => ridge + relativeRidge * total))
        ]
      ) as Tensor
  )
  return {
    apply: (vector, result) =>
      result.set(
        readOut(
          tf.tidy(
            () =>
              backend.executeSingleOutput(
                'LayerscopeClassSolve',
                [],
                [factors, tf.tensor2d(new Float32Array(vector), [classes, columns])]
              ) as Tensor
          )
        )
      ),
    dispose: () => factors.dispose()
  }
}
