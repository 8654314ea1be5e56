import * as tf from '@tensorflow/tfjs-core'
import type { Tensor3D } from '@tensorflow/tfjs-core'
import type { Rotary } from './rotaryFrequencies'

/** Cosines and sines of every row's angles, each (R, 1, width / 2). */
export interface Angles {
  cos: Tensor3D
  sin: Tensor3D
}

/**
 * Rounded to float32 before the cosine is taken, as the reference implementation does: at a far position the rounding
 * is larger than the tolerance.
 */
export function anglesOf(rotary: Rotary, places: Int32Array): Angles {
  const half = rotary.frequencies.length
  const cos = new Float32Array(places.length * half)
  const sin = new Float32Array(places.length * half)
  places.forEach((place, row) => {
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(rotary.frequencies[i]! * place)
      cos[row * half + i] = Math.cos(angle) * rotary.factor
      sin[row * half + i] = Math.sin(angle) * rotary.factor
    }
  })
  const shape: [number, number, number] = [places.length, 1, half]
  return { cos: tf.tensor3d(cos, shape), sin: tf.tensor3d(sin, shape) }
}

/**
 * Turns the first values of every head (Su et al. 2021, eq. 34): heads (R, heads, head width) -> the same shape.
 * Pairs are halves: weights of families whose pairs are neighbours are put into this order when they are read, which
 * changes no score.
 */
export function turn(heads: Tensor3D, { width }: Rotary, { cos, sin }: Angles): Tensor3D {
  return tf.tidy(() => {
    const [rows, count, headWidth] = heads.shape
    const half = width / 2
    const first = tf.slice(heads, [0, 0, 0], [rows, count, half])
    const second = tf.slice(heads, [0, 0, half], [rows, count, half])
    const parts = [tf.sub(tf.mul(first, cos), tf.mul(second, sin)), tf.add(tf.mul(second, cos), tf.mul(first, sin))]
    if (width < headWidth) parts.push(tf.slice(heads, [0, 0, width], [rows, count, headWidth - width]))
    return tf.concat(parts, 2) as Tensor3D
  })
}
