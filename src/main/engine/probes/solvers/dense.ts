import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'

/** y = x weight + bias. */
export interface DenseLayer {
  /** [inputs, outputs] */
  weight: Float32Array
  /** [outputs] */
  bias: Float32Array
}

/**
 * Layers one after the other with ReLU between them, softmax at the end: probabilities [rows, classes]. Inside a
 * `tf.tidy`.
 */
export function networkProbabilities(network: readonly DenseLayer[], x: Tensor2D): Tensor2D {
  let values = x
  network.forEach(({ weight, bias }, i) => {
    if (i > 0) values = tf.relu(values)
    values = tf.add(
      tf.matMul(values, tf.tensor2d(weight, [weight.length / bias.length, bias.length])),
      tf.tensor1d(bias)
    ) as Tensor2D
  })
  return tf.softmax(values)
}

/** Multiplications and additions of one row. */
export function networkOperations(network: readonly DenseLayer[]): number {
  return network.reduce((sum, { weight }) => sum + 2 * weight.length, 0)
}

/** A first layer over (x - shift) / scale as one over x itself. */
export function onRawVectors(
  { weight, bias }: DenseLayer,
  shift: ArrayLike<number>,
  scale: ArrayLike<number>
): DenseLayer {
  const outputs = bias.length
  const raw = new Float32Array(weight.length)
  const intercept = Float64Array.from(bias)
  for (let j = 0; j < shift.length; j++) {
    for (let k = 0; k < outputs; k++) {
      const value = weight[j * outputs + k]! / scale[j]!
      raw[j * outputs + k] = value
      intercept[k]! -= value * shift[j]!
    }
  }
  return { weight: raw, bias: Float32Array.from(intercept) }
}

/** Two layers without anything between them as one. */
export function merged(first: DenseLayer, second: DenseLayer): DenseLayer {
  const inner = first.bias.length
  const outputs = second.bias.length
  const through = (row: Float32Array, start: ArrayLike<number>): Float64Array => {
    const sums = Float64Array.from(start)
    for (let r = 0; r < inner; r++)
      for (let k = 0; k < outputs; k++) sums[k]! += row[r]! * second.weight[r * outputs + k]!
    return sums
  }
  const rows = first.weight.length / inner
  const weight = new Float32Array(rows * outputs)
  for (let j = 0; j < rows; j++)
    weight.set(through(first.weight.subarray(j * inner, (j + 1) * inner), new Float64Array(outputs)), j * outputs)
  return { weight, bias: Float32Array.from(through(first.bias, second.bias)) }
}
