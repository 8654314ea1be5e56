import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import type { Kernels, NormStep, NormWeights } from '../../backends/kernels'
import type { TransformerConfig } from './config'

/** Weights of a norm; RMSNorm has a `beta` too, of zeros, that it does not read. */
export type Norm = NormWeights

/**
 * LayerNorm (Ba et al. 2016, eq. 4), RMSNorm (Zhang & Sennrich 2019, eq. 4) or weights alone (Sun et al. 2020, section
 * 3.3) of rows (R, width).
 */
export function normalise(
  kernels: Kernels,
  config: Pick<TransformerConfig, 'norm' | 'normEpsilon'>,
  { gamma, beta }: Norm,
  x: Tensor2D
): Tensor2D {
  if (config.norm.kind === 'affine') return tf.add(tf.mul(x, gamma), beta)
  if (config.norm.kind === 'layer') return kernels.layerNorm(x, gamma, beta, config.normEpsilon)
  return kernels.rmsNorm(x, gamma, config.normEpsilon)
}

/**
 * The parts of a sum through its norm, whose mean and scale are those of the whole sum: (P, W) -> (P, W). They add up
 * to the norm of the whole but for its offset.
 * @param whole (1, W)
 */
export function foldedNorm(
  { norm, normEpsilon }: TransformerConfig,
  { gamma }: Norm,
  parts: Tensor2D,
  whole: Tensor2D
): Tensor2D {
  if (norm.kind === 'affine') return tf.mul(parts, gamma)
  const centred = (x: Tensor2D): Tensor2D => (norm.kind === 'layer' ? tf.sub(x, tf.mean(x, 1, true)) : x)
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred(whole)), 1, true), normEpsilon))
  return tf.mul(tf.mul(centred(parts), scale), gamma)
}

/** A norm as a step of a whole sublayer. */
export function normStep({ norm, normEpsilon }: TransformerConfig, weights: Norm | null): NormStep | null {
  if (norm.kind === 'affine') throw new Error('No kernel of a whole sublayer has weights alone in place of a norm.')
  return weights && { ...weights, kind: norm.kind, epsilon: normEpsilon }
}

/** (x - mean) / sqrt(variance + epsilon) over the last axis. */
export function standardised(x: Tensor, epsilon: number): Tensor {
  return tf.tidy(() => {
    const centred = tf.sub(x, tf.mean(x, -1, true))
    return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon)))
  })
}

/** x / sqrt(mean(x^2) + epsilon) * gamma over the last axis. */
export function rootMeanSquare(x: Tensor, gamma: Tensor1D | Tensor, epsilon: number): Tensor {
  return tf.tidy(() => {
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon))
    return tf.mul(tf.mul(x, inverse), gamma)
  })
}
