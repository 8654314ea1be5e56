import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'

/**
 * 1 - cos of corresponding rows of two [rows, width] -> [rows], from 0 to 2; 1 where a row is 0. Each backend computes
 * it where the rows are.
 */
export function cosineDistances(a: Tensor2D, b: Tensor2D): Tensor1D {
  return tf.tidy(() => {
    const dot = (x: Tensor2D, y: Tensor2D): Tensor => tf.sum(tf.mul(x, y), 1)
    const lengths = tf.sqrt(tf.mul(dot(a, a), dot(b, b)))
    return tf.sub(1, tf.div(dot(a, b), tf.maximum(lengths, 1e-30)))
  })
}

/** log softmax(scores of a row)[its token], in nats: scores [rows, vocabulary], a token a row -> [rows] */
export function tokenLogProbabilities(scores: Tensor2D, tokens: Int32Array): Tensor1D {
  return tf.tidy(() => {
    return tf.sub(ofTokens(scores, tokens), tf.logSumExp(scores, 1))
  })
}

/** 1 and how many tokens score higher than the one of the row: scores [rows, vocabulary], a token a row -> [rows] */
export function tokenRanks(scores: Tensor2D, tokens: Int32Array): Tensor1D {
  return tf.tidy(() =>
    tf.add(1, tf.sum(tf.cast(tf.greater(scores, tf.expandDims(ofTokens(scores, tokens), 1)), 'float32'), 1))
  )
}

/** The score of its token in every row, [rows] */
function ofTokens(scores: Tensor2D, tokens: Int32Array): Tensor {
  const places = tf.tensor2d(
    Int32Array.from({ length: 2 * tokens.length }, (_, i) => (i % 2 ? tokens[i >> 1]! : i >> 1)),
    [tokens.length, 2],
    'int32'
  )
  return tf.gatherND(scores, places)
}
