import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import { readOut } from './readOut'
import type { SoftmaxInput, SoftmaxSums } from './softmaxKernel'

/** From plain TensorFlow.js ops, right on every backend. */
export function portableSoftmax(input: SoftmaxInput): SoftmaxSums {
  const { x, labels, classes, intercepts } = input
  const [rows] = x.shape
  const sets = labels.length
  const [losses, vectors, counts] = tf.tidy(() => {
    // Transposed here and once: wasm's products with a transposed right side are slow.
    const weights = tf.transpose(tf.tensor2d(input.weights, [sets * classes, x.shape[1]]))
    const logits = tf.add(tf.matMul(x, weights), tf.tensor1d(intercepts))
    const logProbabilities = tf.logSoftmax(tf.reshape(logits, [rows * sets, classes]))
    const indicators = tf.oneHot(tf.tensor1d(inOrder(labels), 'int32'), classes)
    const gold = tf.sum(tf.mul(indicators, logProbabilities), 1)
    const excess = tf.reshape(tf.sub(tf.exp(logProbabilities), indicators), [rows, sets * classes]) as Tensor2D
    return [
      tf.neg(tf.sum(tf.reshape(gold, [rows, sets]), 0)),
      tf.matMul(excess, x, true, false),
      tf.sum(excess, 0)
    ] as [Tensor, Tensor, Tensor]
  })
  return { losses: readOut(losses), vectors: readOut(vectors), counts: readOut(counts) }
}

// Labels [rows, sets], laid out flat.
function inOrder(labels: readonly Int32Array[]): Int32Array {
  const sets = labels.length
  const result = new Int32Array(sets * (labels[0]?.length ?? 0))
  labels.forEach((set, s) => {
    set.forEach((label, row) => (result[row * sets + s] = label))
  })
  return result
}
