import type { Metric } from '@shared/projection'

export interface NearRow {
  row: number
  distance: number
}

/**
 * The `count` rows nearest to a vector, nearest first.
 * @param vectors [rows, width]
 * @param accept which rows may be among them
 */
export function nearestTo(
  query: ArrayLike<number>,
  vectors: Float32Array,
  count: number,
  metric: Metric,
  accept: (row: number) => boolean
): NearRow[] {
  const width = query.length
  const measure = metric === 'cosine' ? cosine : euclidean
  return leastRows(vectors.length / width, count, (row) => (accept(row) ? measure(query, vectors, row * width) : null))
}

/**
 * The `count` rows of the least value, the least first; equal ones in their order.
 * @param valueOf null for a row to leave out
 */
export function leastRows(rows: number, count: number, valueOf: (row: number) => number | null): NearRow[] {
  const least: NearRow[] = []
  for (let row = 0; row < rows; row++) {
    const distance = valueOf(row)
    if (distance === null || (least.length === count && distance >= least[count - 1]!.distance)) continue
    let [low, high] = [0, least.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (least[middle]!.distance <= distance) low = middle + 1
      else high = middle
    }
    least.splice(low, 0, { row, distance })
    if (least.length > count) least.pop()
  }
  return least
}

/** The `count` rows nearest to one row, nearest first, excluding the row itself. @param vectors [rows, width] */
export function nearestRows(
  vectors: Float32Array,
  width: number,
  query: number,
  count: number,
  metric: Metric,
  skip: ReadonlySet<number>
): NearRow[] {
  const vector = vectors.subarray(query * width, (query + 1) * width)
  return nearestTo(vector, vectors, count, metric, (row) => row !== query && !skip.has(row))
}

function cosine(query: ArrayLike<number>, vectors: Float32Array, at: number): number {
  let dot = 0
  let aa = 0
  let bb = 0
  for (let i = 0; i < query.length; i++) {
    const x = query[i]!
    const y = vectors[at + i]!
    dot += x * y
    aa += x * x
    bb += y * y
  }
  return aa > 0 && bb > 0 ? 1 - dot / Math.sqrt(aa * bb) : 1
}

function euclidean(query: ArrayLike<number>, vectors: Float32Array, at: number): number {
  let sum = 0
  for (let i = 0; i < query.length; i++) sum += (query[i]! - vectors[at + i]!) ** 2
  return Math.sqrt(sum)
}
