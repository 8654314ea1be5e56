import * as tf from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import type { WeightSource } from './weightSource'

/** Numbers of xIELU: two that are learned, [1], stored as the inverse softplus of what counts, and two that stay. */
export interface XieluWeights {
  positive: Tensor1D
  negative: Tensor1D
  beta: number
  eps: number
}

/** @throws UserError where one of them is missing */
export function loadXielu(source: WeightSource, name: string): XieluWeights {
  const learned = (which: string): Tensor1D => source.vector(`${name}.${which}`, 1)
  const fixed = (which: string): number =>
    tf.tidy(() => source.tensor(`${name}.${which}`, [], 'bias').dataSync<'float32'>()[0]!)
  return { positive: learned('alpha_p'), negative: learned('alpha_n'), beta: fixed('beta'), eps: fixed('eps') }
}

/**
 * alpha_p x^2 + beta x above 0, alpha_n (exp(min(x, eps)) - 1 - x) + beta x below, with alpha_p = softplus(positive)
 * and alpha_n = beta + softplus(negative) (Huang & Schlag 2025, https://arxiv.org/abs/2411.13010, eq. 15).
 */
export function xielu(x: Tensor2D, { positive, negative, beta, eps }: XieluWeights): Tensor2D {
  return tf.tidy(() => {
    const above = tf.mul(tf.softplus(positive), tf.square(tf.relu(x)))
    const below = tf.minimum(x, 0)
    const bent = tf.sub(tf.expm1(tf.minimum(below, eps)), below)
    // A step has a derivative here, a comparison has none.
    const curved = tf.mul(tf.add(beta, tf.softplus(negative)), tf.mul(bent, tf.step(tf.neg(x))))
    return tf.addN([above, curved, tf.mul(beta, x)]) as Tensor2D
  })
}
