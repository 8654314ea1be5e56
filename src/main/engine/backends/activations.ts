import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import type { Activation } from './kernels'

const activations: Record<Activation, (x: Tensor) => Tensor> = {
  none: (x) => x,
  // x * (1 + erf(x / sqrt 2)) / 2 (Hendrycks & Gimpel 2016)
  gelu: (x) => tf.mul(tf.mul(x, 0.5), tf.add(erf(tf.mul(x, Math.SQRT1_2)), 1)),
  geluTanh: (x) => {
    const inner = tf.mul(tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI))
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1))
  },
  relu: (x) => tf.relu(x),
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
  tanh: (x) => tf.tanh(x),
  relu2: (x) => tf.square(tf.relu(x)),
  quickGelu: (x) => tf.mul(x, tf.sigmoid(tf.mul(x, 1.702)))
}

export function activate(x: Tensor2D, activation: Activation): Tensor2D {
  return tf.tidy(() => activations[activation](x) as Tensor2D)
}

/** Numerator and denominator of erf(x) / x in x squared, highest power first; the fit of resources/native/vector.h. */
const erfNumerator = [1.98679511e-6, 2.84565763e-4, 3.88331227e-3, 5.31016444e-2, 1.93544241e-1, 1.12837914]
const erfDenominator = [3.74203026e-5, 1.18556465e-3, 1.52071851e-2, 1.15349668e-1, 5.04856674e-1, 1]

function erf(x: Tensor): Tensor {
  // wasm computes its erf number by number; sums and products of whole arrays, in vectors, are three times as fast for
  // the same 4e-7.
  if (tf.getBackend() !== 'wasm') return tf.erf(x)
  const clipped = tf.clipByValue(x, -4, 4)
  const square = tf.square(clipped)
  const horner = ([first, ...rest]: readonly number[]): Tensor =>
    rest.reduce<Tensor>((sum, coefficient) => tf.add(tf.mul(sum, square), coefficient), tf.scalar(first!))
  return tf.clipByValue(tf.div(tf.mul(clipped, horner(erfNumerator)), horner(erfDenominator)), -1, 1)
}
