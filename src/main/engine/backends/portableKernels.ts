import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { Activation, AttentionInput, AttentionOutput, Kernels } from './kernels'

const activations: Record<Activation, (x: Tensor) => Tensor> = {
  none: (x) => x,
  // x * (1 + erf(x / sqrt 2)) / 2 (Hendrycks & Gimpel 2016)
  gelu: (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
  geluTanh: (x) => {
    const inner = tf.mul(tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI))
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1))
  },
  relu: (x) => tf.relu(x),
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
  tanh: (x) => tf.tanh(x)
}

/**
 * From plain TensorFlow.js ops, right on every backend. No fused op and no transposed operand of a fused op is used: wasm's
 * `fused.matMul` with `transposeB` and a bias is wrong in 4.22, and its transposed products are slow.
 */
export const portableKernels: Kernels = {
  dense: (x, weight, bias, activation) =>
    tf.tidy(() => {
      const product = tf.matMul(x, weight)
      return activations[activation](bias ? tf.add(product, bias) : product) as Tensor2D
    }),
  layerNorm: (x, gamma, beta, epsilon) => tf.tidy(() => normalise(x, gamma, beta, epsilon)),
  addLayerNorm: (x, residual, gamma, beta, epsilon) => tf.tidy(() => normalise(tf.add(x, residual), gamma, beta, epsilon)),
  attention
}

function normalise(x: Tensor2D, gamma: Tensor1D, beta: Tensor1D, epsilon: number): Tensor2D {
  const centred = tf.sub(x, tf.mean(x, 1, true))
  const variance = tf.mean(tf.square(centred), 1, true)
  return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon))), gamma), beta)
}

function attention({ qkv, batch, tokens, heads, scale, bias, wantPattern }: AttentionInput): AttentionOutput {
  const width = qkv.shape[1] / 3
  const [result, pattern] = tf.tidy(() => {
    // (B T, 3 heads dHead) -> 3 x (B, heads, T, dHead)
    const split = tf.transpose(tf.reshape(qkv, [batch, tokens, 3, heads, width / heads]), [2, 0, 3, 1, 4])
    const [q, k, v] = tf.unstack(split) as [Tensor4D, Tensor4D, Tensor4D]
    // (B, heads, T, dHead) x (B, heads, dHead, T) -> (B, heads, T, T)
    const scores = tf.mul(tf.matMul(q, tf.transpose(k, [0, 1, 3, 2])), scale)
    const weights = tf.softmax(bias ? tf.add(scores, bias) : scores) as Tensor4D
    // (B, heads, T, T) x (B, heads, T, dHead) -> (B, heads, T, dHead) -> (B T, width)
    const mixed = tf.reshape(tf.transpose(tf.matMul(weights, v), [0, 2, 1, 3]), [batch * tokens, width]) as Tensor2D
    return wantPattern ? [mixed, weights] : [mixed]
  }) as [Tensor2D, Tensor4D?]
  return { result, pattern: pattern ?? null }
}
