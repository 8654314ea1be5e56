import type { Metric } from '@shared/projection'

/**
 * The `count` rows nearest to one row, nearest first, excluding the row itself.
 * @param vectors [rows, width]
 */
export function nearestRows(
  vectors: Float32Array,
  width: number,
  query: number,
  count: number,
  metric: Metric,
  skip: ReadonlySet<number>
): { row: number; distance: number }[] {
  const rows = vectors.length / width
  const nearest: { row: number; distance: number }[] = []
  const measure = metric === 'cosine' ? cosine : euclidean
  for (let row = 0; row < rows; row++) {
    if (row === query || skip.has(row)) continue
    const distance = measure(vectors, width, query, row)
    if (nearest.length === count && distance >= nearest[count - 1]!.distance) continue
    let at = nearest.length
    while (at > 0 && nearest[at - 1]!.distance > distance) at--
    nearest.splice(at, 0, { row, distance })
    if (nearest.length > count) nearest.pop()
  }
  return nearest
}

function cosine(vectors: Float32Array, width: number, a: number, b: number): number {
  let dot = 0
  let aa = 0
  let bb = 0
  for (let i = 0; i < width; i++) {
    const x = vectors[a * width + i]!
    const y = vectors[b * width + i]!
    dot += x * y
    aa += x * x
    bb += y * y
  }
  return aa > 0 && bb > 0 ? 1 - dot / Math.sqrt(aa * bb) : 1
}

function euclidean(vectors: Float32Array, width: number, a: number, b: number): number {
  let sum = 0
  for (let i = 0; i < width; i++) {
    const difference = vectors[a * width + i]! - vectors[b * width + i]!
    sum += difference * difference
  }
  return Math.sqrt(sum)
}
