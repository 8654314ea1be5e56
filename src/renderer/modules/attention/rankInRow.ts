import type { AttentionMap } from '@/plots/attentionMap'

/** Place of a weight among those of its row, from 1; equal weights share the better place. */
export function rankInRow(map: AttentionMap, query: number, key: number): number {
  const weight = map.weights[query * map.size + key]!
  let rank = 1
  for (let other = 0; other < map.size; other++) if (map.weights[query * map.size + other]! > weight) rank++
  return rank
}
