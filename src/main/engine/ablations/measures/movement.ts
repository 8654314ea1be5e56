import * as tf from '@tensorflow/tfjs-core'
import type { Measure } from './measure'

/** How far tokens move in one layer: mean over tokens of 1 - cos(with, without the intervention). */
export function movement(layer: number): Measure {
  return {
    id: 'movement',
    title: `Change of hidden states, layer ${layer}`,
    unit: 'distance',
    better: 'lower',
    needsLogits: false,
    score(run, plain) {
      const distances = tf.tidy(() => {
        const [a, b] = [run.hidden(layer), plain.hidden(layer)]
        const along = (x: tf.Tensor2D, y: tf.Tensor2D): tf.Tensor => tf.sum(tf.mul(x, y), 1)
        const lengths = tf.sqrt(tf.mul(along(a, a), along(b, b)))
        return tf.sub(1, tf.div(along(a, b), tf.maximum(lengths, 1e-30)))
      })
      const values = distances.dataSync<'float32'>()
      distances.dispose()
      return sumRows(run.windows.map(({ ids }) => ids.length), (row) => values[row]!)
    }
  }
}

/** Sums of a value of every row, by window, special tokens included. */
function sumRows(lengths: readonly number[], valueOf: (row: number) => number): { sum: Float64Array; count: Float64Array } {
  const sum = new Float64Array(lengths.length)
  let row = 0
  lengths.forEach((length, w) => {
    for (let t = 0; t < length; t++) sum[w]! += valueOf(row++)
  })
  return { sum, count: Float64Array.from(lengths) }
}
