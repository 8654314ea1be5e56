import type { AttentionMap } from '@/plots/attentionMap'

/** Where the attention went, in shares of all of it. */
export interface MassShares {
  drawn: number
  /** Kept back by the threshold. */
  below: number
  /** On special tokens that are not shown. */
  hidden: number
}

/**
 * What the numbers are taken from: a map before rows were divided by anything, what is hidden of it, and the cuts in
 * force.
 */
export interface MassSource {
  map: AttentionMap
  hidden: Float32Array
  /** Whether the map's rows were divided by what hiding left of them. */
  renormalised: boolean
  /** The rows that are shown; null for all. */
  queries?: readonly boolean[] | null
}

/** Shares over one row, or over all shown rows, of all maps. */
export function massShares(sources: readonly MassSource[], row: number | null): MassShares {
  let drawn = 0
  let below = 0
  let hidden = 0
  let rows = 0
  for (const { map, hidden: hiddenOfRow, renormalised, queries } of sources) {
    const first = row ?? 0
    const last = row ?? map.size - 1
    for (let query = first; query <= last; query++) {
      if (queries && !queries[query]) continue
      const scale = renormalised ? 1 - hiddenOfRow[query]! : 1
      const cut = map.cuts[query]!
      for (let index = query * map.size; index < (query + 1) * map.size; index++) {
        const weight = map.weights[index]!
        if (weight >= cut) drawn += weight * scale
        else below += weight * scale
      }
      hidden += hiddenOfRow[query]!
      rows++
    }
  }
  return rows ? { drawn: drawn / rows, below: below / rows, hidden: hidden / rows } : { drawn: 0, below: 0, hidden: 0 }
}
