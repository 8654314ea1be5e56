import { cosineDistances } from '../../models/transformer/rowMeasures'
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
      const distances = cosineDistances(run.hidden(layer), plain.hidden(layer))
      const values = distances.dataSync<'float32'>()
      distances.dispose()
      return sumRows(
        run.windows.map(({ ids }) => ids.length),
        (row) => values[row]!
      )
    }
  }
}

/** Sums of a value of every row, by window, special tokens included. */
function sumRows(
  lengths: readonly number[],
  valueOf: (row: number) => number
): { sum: Float64Array; count: Float64Array } {
  const sum = new Float64Array(lengths.length)
  let row = 0
  lengths.forEach((length, w) => {
    for (let t = 0; t < length; t++) sum[w]! += valueOf(row++)
  })
  return { sum, count: Float64Array.from(lengths) }
}
