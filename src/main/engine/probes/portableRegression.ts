import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { readOut } from './readOut'
import type { RegressionInput, RegressionSums } from './regressionKernel'

/** From plain TensorFlow.js ops, right on every backend. */
export function portableRegression(input: RegressionInput): RegressionSums {
  const { x, labels, classes, intercepts } = input
  const [rows] = x.shape
  const sets = labels.length
  const [losses, vectors, counts] = tf.tidy(() => {
    // Transposed here and once: wasm's products with a transposed right side are slow.
    const weights = tf.transpose(tf.tensor2d(input.weights, [sets * classes, x.shape[1]]))
    const logits = tf.add(tf.matMul(x, weights), tf.tensor1d(intercepts))
    const logProbabilities = tf.logSoftmax(tf.reshape(logits, [rows * sets, classes]))
    const gold = tf.gather(tf.reshape(logProbabilities, [-1]) as Tensor1D, tf.tensor1d(goldPositions(labels, classes), 'int32'))
    const p = tf.reshape(tf.exp(logProbabilities), [rows, sets * classes]) as Tensor2D
    return [tf.neg(tf.sum(tf.reshape(gold, [rows, sets]), 0)), tf.matMul(p, x, true, false), tf.sum(p, 0)] as [Tensor, Tensor, Tensor]
  })
  return { losses: readOut(losses), vectors: readOut(vectors), counts: readOut(counts) }
}

// Where the labels' log-probabilities stand in [rows, sets, classes] laid out flat.
function goldPositions(labels: readonly Int32Array[], classes: number): Int32Array {
  const sets = labels.length
  const positions = new Int32Array(sets * (labels[0]?.length ?? 0))
  labels.forEach((set, s) => {
    set.forEach((label, row) => (positions[row * sets + s] = (row * sets + s) * classes + label))
  })
  return positions
}
