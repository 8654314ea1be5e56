import type { Masking } from '@shared/sentence'

/** What the drawings of the attention view have in common: the shape of a shown map, and how strong a weight looks. */

/** A row and a column of a map as it is shown: a token, or a word with all its pieces. */
export interface AttentionUnit {
  text: string
  /** As the tokenizer spells it; absent for a word. */
  raw?: string
  /** [CLS], [SEP] and their like. */
  special: boolean
  /** The vocabulary lacks it. */
  unknown?: boolean
  /** How it is hidden from the others; absent for one that is not masked. */
  masked?: Masking
  /** Its sentence of a pair; absent for special tokens and single sentences. */
  part?: 0 | 1
  /** Index of the word in the sentence; null for special tokens. */
  word: number | null
  /** Index of its first token. */
  token: number
}

/** One head's attention (or the mean of several) over the shown units. */
export interface AttentionMap {
  /** From 0; null for a mean. */
  head: number | null
  size: number
  /** [size, size], rows are queries. */
  weights: Float32Array
  /** [size]: the smallest weight of each row that the threshold lets through. */
  cuts: Float32Array
}

/**
 * A unit in one of its two roles: the one that looks (`query`, a row) or the one that is looked at (`key`, a column).
 */
export interface AttentionFocus {
  unit: number
  side: 'query' | 'key'
}

/** Whether the threshold lets this weight through. A weight of zero is never drawn. */
export function isDrawn(map: AttentionMap, query: number, key: number): boolean {
  const weight = map.weights[query * map.size + key]!
  return weight > 0 && weight >= map.cuts[query]!
}

/** The weight drawn at full strength: the largest of all maps that are shown together, or 1 where all are empty. */
export function largestWeight(maps: readonly Pick<AttentionMap, 'weights'>[]): number {
  let largest = 0
  for (const { weights } of maps)
    for (let i = 0; i < weights.length; i++) if (weights[i]! > largest) largest = weights[i]!
  return largest > 0 ? largest : 1
}

/**
 * How strong a weight looks, from 0 to 1: opacity of a line, position on the colour scale of a cell. The square root of
 * its share of the largest weight, because in a long sentence nearly all weights are below a tenth of it and would look
 * like none.
 */
export function strength(weight: number, largest: number): number {
  return Math.sqrt(Math.min(1, Math.max(0, weight / largest)))
}
