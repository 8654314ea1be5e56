import type { QueryKey } from '@shared/queryKey'

/** A key as the table shows it. */
export interface NeuronRow {
  key: number
  values: Float32Array
  /** Query times key, dimension by dimension, scaled: their sum is the score. */
  products: Float32Array
  score: number
  position: number | null
  weight: number
}

/** The keys that get the most, in that order. @param count how many there is room for */
export function neuronRows(apart: QueryKey, count: number): NeuronRow[] {
  const width = apart.query.data.length
  return [...apart.weights.data.keys()]
    .filter((key) => apart.visible[key])
    .sort((a, b) => apart.weights.data[b]! - apart.weights.data[a]! || a - b)
    .slice(0, count)
    .map((key) => {
      const values = apart.keys.data.subarray(key * width, (key + 1) * width)
      return {
        key,
        values,
        products: values.map((value, i) => value * apart.query.data[i]! * apart.scale),
        score: apart.products.data[key]!,
        position: apart.position?.values.data[key] ?? null,
        weight: apart.weights.data[key]!
      }
    })
}

/** The largest size among numbers, never 0. */
export function largestSize(lists: readonly Float32Array[]): number {
  return lists.reduce((most, list) => list.reduce((max, value) => Math.max(max, Math.abs(value)), most), 1e-9)
}
