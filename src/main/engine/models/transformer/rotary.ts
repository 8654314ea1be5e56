import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { Angles } from '../../backends/kernels'
import type { Rotary } from './rotaryFrequencies'

/**
 * Cosines and sines of every row's angles, each (R, width / 2).
 * @param table what the checkpoint has in their place: sines, then cosines, of every place
 *
 * Rounded to float32 before the cosine is taken, as the reference implementation does: at a far position the rounding
 * is larger than the tolerance.
 */
export function anglesOf(rotary: Rotary, places: Int32Array, table: Tensor2D | null): Angles {
  if (table) return storedAngles(table, places)
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
  const shape: [number, number] = [places.length, half]
  return { cos: tf.tensor2d(cos, shape), sin: tf.tensor2d(sin, shape) }
}

function storedAngles(table: Tensor2D, places: Int32Array): Angles {
  return tf.tidy(() => {
    const rows = tf.gather(table, tf.tensor1d(places, 'int32'))
    const [sin, cos] = tf.split(rows, 2, 1) as [Tensor2D, Tensor2D]
    return { cos, sin }
  })
}
