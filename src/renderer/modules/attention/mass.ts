import { isDrawn, type AttentionFocus, type AttentionMap } from '@/plots/attentionMap'

/** Where the attention went, in shares of all of it. */
export interface MassShares {
  drawn: number
  /** Kept back by the threshold. */
  below: number
  /** On special tokens that are not shown. */
  hidden: number
}

/** What the numbers are taken from: a map before rows were divided by anything, what is hidden of it, and the cuts in force. */
export interface MassSource {
  map: AttentionMap
  hidden: Float32Array
  /** Whether the map's rows were divided by what hiding left of them. */
  renormalised: boolean
}

/**
 * Shares over all shown rows of all maps, or over the row in focus. For a column there is no such whole: a column does not sum to 1,
 * and the shares are those of all rows.
 */
export function massShares(sources: readonly MassSource[], focus: AttentionFocus | null): MassShares {
  let drawn = 0
  let below = 0
  let hidden = 0
  let rows = 0
  for (const { map, hidden: hiddenOfRow, renormalised } of sources) {
    const first = focus?.side === 'query' ? focus.unit : 0
    const last = focus?.side === 'query' ? focus.unit : map.size - 1
    for (let query = first; query <= last; query++) {
      const scale = renormalised ? 1 - hiddenOfRow[query]! : 1
      for (let key = 0; key < map.size; key++) {
        const weight = map.weights[query * map.size + key]! * scale
        if (isDrawn(map, query, key)) drawn += weight
        else below += weight
      }
      hidden += hiddenOfRow[query]!
      rows++
    }
  }
  return rows ? { drawn: drawn / rows, below: below / rows, hidden: hidden / rows } : { drawn: 0, below: 0, hidden: 0 }
}
