import type { AttentionMap, AttentionUnit } from '@/plots/attentionMap'
import type { MassSource } from './mass'
import type { RawAttention } from './rawAttention'
import { meanOfHeads, poolAttention } from './pooling'
import { rowCuts, sortRows, type SortedRows, type Threshold } from './threshold'
import { unitsOf, type UnitKind, type UnitSource } from './units'
import { pairLinks, type PairFilter } from './pairFilter'
import { shownUnits, takeUnits } from './visibleUnits'

export interface PreparedMap {
  /** From 0; null for a mean. */
  head: number | null
  weights: Float32Array
  hidden: Float32Array
  rows: SortedRows
}

/** Maps over the shown units, before a threshold. */
export interface PreparedAttention {
  units: AttentionUnit[]
  /** The shown unit of every token; -1 where it is hidden. */
  ofToken: Int32Array
  maps: PreparedMap[]
  renormalised: boolean
  /** The shown units whose rows are shown; null for all. */
  queries: readonly boolean[] | null
}

export interface PrepareOptions {
  unit: UnitKind
  hideSpecial: boolean
  renormalise: boolean
  /** Heads to show, in this order; they become one map with `mean`. */
  heads: readonly number[]
  mean: boolean
  /** Which links of a pair of sentences are shown. */
  pair: PairFilter
  /** Head that the first plane of `raw` holds. */
  firstHead: number
}

/**
 * From what the model computed to what is shown: mean of heads, words, hidden units, in this order. Done once for each
 * of those choices.
 */
export function prepareAttention(raw: RawAttention, sentence: UnitSource, options: PrepareOptions): PreparedAttention {
  const { units, ofToken } = unitsOf(sentence, options.unit)
  const shown = shownUnits(units, options.hideSpecial)
  const place = new Int32Array(units.length).fill(-1)
  shown.forEach((unit, index) => (place[unit] = index))
  const cells = raw.tokens * raw.tokens
  const planes = options.heads.map((head) => head - options.firstHead)
  const sources = options.mean
    ? [{ head: null, weights: meanOfHeads(raw.weights, planes, raw.tokens) }]
    : options.heads.map((head, index) => ({
        head,
        weights: raw.weights.subarray(planes[index]! * cells, (planes[index]! + 1) * cells)
      }))
  const unitsShown = shown.map((unit) => units[unit]!)
  const links = pairLinks(unitsShown, options.pair)
  return {
    units: unitsShown,
    queries: links?.query ?? null,
    ofToken: ofToken.map((unit) => place[unit]!),
    renormalised: options.renormalise,
    maps: sources.map(({ head, weights }) => {
      const pooled = options.unit === 'word' ? poolAttention(weights, ofToken, units.length) : weights
      const part = takeUnits(pooled, units.length, shown, options.renormalise, links)
      return { head, ...part, rows: sortRows(part.weights, shown.length) }
    })
  }
}

/** The maps with a threshold, as they are drawn. */
export function applyThreshold(prepared: PreparedAttention, threshold: Threshold): AttentionMap[] {
  return prepared.maps.map(({ head, weights, rows }) => ({
    head,
    weights,
    size: rows.size,
    cuts: rowCuts(rows, threshold)
  }))
}

/** What `massShares` adds up. */
export function massSources(prepared: PreparedAttention, maps: readonly AttentionMap[]): MassSource[] {
  return maps.map((map, index) => ({
    map,
    hidden: prepared.maps[index]!.hidden,
    renormalised: prepared.renormalised,
    queries: prepared.queries
  }))
}
