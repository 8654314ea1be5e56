import * as tf from '@tensorflow/tfjs-core'
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core'
import { softmaxLosses } from '../backends/softmaxLoss'

/** Marks a row without a label. */
export const unlabelled = -100

/**
 * Mean over the labelled rows of -log softmax(scores)[label]: scores [rows, classes], a label a row. 0 where no row has
 * a label.
 * @param weights of the classes, by which the mean is weighted as in PyTorch's `cross_entropy`
 * @param rowWeights of the rows, likewise; both are multiplied
 */
export function crossEntropy(
  scores: Tensor2D,
  labels: ArrayLike<number>,
  weights?: readonly number[],
  rowWeights?: ArrayLike<number>
): Scalar {
  const rows = Array.from(labels).flatMap((label, row) => (label === unlabelled ? [] : [row]))
  // Still a function of the scores, whose gradient is 0: what they are made of is reached, and decays.
  if (rows.length === 0) return tf.tidy(() => tf.sum(tf.mul(scores, 0)) as Scalar)
  return tf.tidy(() => {
    const labelled = rows.length === scores.shape[0] ? scores : tf.gather(scores, tf.tensor1d(rows, 'int32'))
    const losses = softmaxLosses(
      labelled,
      rows.map((row) => labels[row]!)
    )
    if (!weights && !rowWeights) return tf.mean(losses) as Scalar
    const weighing = tf.tensor1d(rows.map((row) => (weights?.[labels[row]!] ?? 1) * (rowWeights?.[row] ?? 1)))
    return tf.div(tf.sum(tf.mul(losses, weighing)), tf.sum(weighing)) as Scalar
  })
}
