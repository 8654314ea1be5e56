import { isDrawn, type AttentionMap, type AttentionUnit } from '@/plots/attentionMap'
import { significant } from '@/plots/attentionFigure'
import type { MapWay } from './mapWays'
import type { Threshold } from './threshold'

/** What the shown maps are, in names that make sense in a file. */
export interface MapsProvenance {
  model: string
  sentence: string
  layer: number
  /** Heads from 1, as on screen; `hook_heads` in the JSON counts them as the tensor does. */
  heads: readonly number[]
  mean: boolean
  /** The tensor; empty where the map is a combination. */
  hook: string
  /** Attention weights, or what they are combined to. */
  way: MapWay
  unit: 'token' | 'word'
  hideSpecial: boolean
  renormalised: boolean
  threshold: Threshold
}

/**
 * One row a pair of shown units and map; `drawn` says whether the threshold lets it through. Weights are between 0 and
 * 1.
 */
export function pairRows(
  units: readonly AttentionUnit[],
  maps: readonly AttentionMap[],
  { layer, heads, mean }: MapsProvenance
) {
  return maps.flatMap((map) => {
    const head = map.head === null ? (mean ? `mean of ${heads.join(' ')}` : '') : map.head + 1
    return units.flatMap((from, query) =>
      units.map((to, key) => ({
        layer,
        head,
        from_index: from.token,
        from: from.text,
        from_word: from.word,
        to_index: to.token,
        to: to.text,
        to_word: to.word,
        weight: significant(map.weights[query * map.size + key]!),
        drawn: isDrawn(map, query, key)
      }))
    )
  })
}

/** The same as matrices, with everything that was set. */
export function mapsDocument(
  units: readonly AttentionUnit[],
  maps: readonly AttentionMap[],
  hidden: readonly Float32Array[],
  provenance: MapsProvenance
) {
  return {
    ...provenance,
    threshold: {
      ...provenance.threshold,
      meaning:
        provenance.threshold.kind === 'mass' ? 'share of each row that is drawn' : 'smallest weight that is drawn'
    },
    units: units.map(({ text, raw, special, word, token }) => ({ text: raw ?? text, special, word, token })),
    maps: maps.map((map, index) => ({
      head: map.head === null ? null : map.head + 1,
      hook_head: map.head,
      /** Rows look, columns are looked at. */
      weights: matrixRows(map),
      smallest_drawn: Array.from(map.cuts, significant),
      hidden: Array.from(hidden[index]!, significant)
    }))
  }
}

function matrixRows(map: AttentionMap): number[][] {
  return Array.from({ length: map.size }, (_, row) =>
    Array.from(map.weights.subarray(row * map.size, (row + 1) * map.size), significant)
  )
}
