import type { SentenceToken } from '@shared/sentence'

/** Where a head looks on average, in shares that add up to 1; special tokens count as such wherever they occur. */
export interface HeadSummary {
  special: number
  self: number
  previous: number
  next: number
  elsewhere: number
}

/**
 * Mean over the rows of ordinary tokens, the surface patterns of Clark et al. 2019, section 3.1 and 3.2.
 * @param weights [tokens, tokens], rows are queries
 */
export function headSummary(weights: Float32Array, tokens: readonly SentenceToken[]): HeadSummary {
  const size = tokens.length
  const sums: HeadSummary = { special: 0, self: 0, previous: 0, next: 0, elsewhere: 0 }
  let rows = 0
  for (let query = 0; query < size; query++) {
    if (tokens[query]!.special) continue
    rows++
    for (let key = 0; key < size; key++) {
      sums[placeOf(tokens[key]!, key - query)] += weights[query * size + key]!
    }
  }
  if (rows > 0) for (const place of Object.keys(sums) as (keyof HeadSummary)[]) sums[place] /= rows
  return sums
}

function placeOf(key: SentenceToken, offset: number): keyof HeadSummary {
  if (key.special) return 'special'
  if (offset === 0) return 'self'
  if (offset === -1) return 'previous'
  return offset === 1 ? 'next' : 'elsewhere'
}

/**
 * How many words give their syntactic head more attention than any other word (Clark et al. 2019, section 4.2, for one
 * sentence); special tokens and the word itself do not compete.
 * @param weights [words, words] attention between words
 * @param wordOfRow the word of each row and column; null for special tokens
 * @param heads of each word as in CoNLL-U: from 1, 0 for the root, -1 where there is none
 */
export function goldHeadHits(
  weights: Float32Array,
  wordOfRow: readonly (number | null)[],
  heads: readonly number[]
): { hits: number; words: number } {
  const size = wordOfRow.length
  let hits = 0
  let words = 0
  for (let query = 0; query < size; query++) {
    const word = wordOfRow[query]!
    const head = word === null ? -1 : (heads[word] ?? -1) - 1
    if (head < 0 || !wordOfRow.includes(head)) continue
    words++
    let best = -1
    let most = -1
    for (let key = 0; key < size; key++) {
      if (key === query || wordOfRow[key] === null) continue
      if (weights[query * size + key]! > most) {
        most = weights[query * size + key]!
        best = key
      }
    }
    if (best >= 0 && wordOfRow[best] === head) hits++
  }
  return { hits, words }
}

/**
 * Mean attention along the arcs of the gold tree: of a word to its head, and of a head to its dependent.
 * @param weights [words, words] attention between words
 * @returns null where no arc is shown
 */
export function goldShares(
  weights: Float32Array,
  wordOfRow: readonly (number | null)[],
  heads: readonly number[]
): { up: number; down: number } | null {
  const arcs = goldCells(
    wordOfRow.map((word) => ({ word })),
    heads
  )
  if (!arcs.length) return null
  const mean = (at: (arc: { query: number; key: number }) => number): number =>
    arcs.reduce((sum, arc) => sum + weights[at(arc)]!, 0) / arcs.length
  const size = wordOfRow.length
  return { up: mean(({ query, key }) => query * size + key), down: mean(({ query, key }) => key * size + query) }
}

/** Rings of the gold tree on a map: a word's first piece and its head's first piece, among the units that are shown. */
export function goldCells(
  units: readonly { word: number | null }[],
  heads: readonly number[]
): { query: number; key: number }[] {
  const firstUnit = new Map<number, number>()
  units.forEach(({ word }, index) => {
    if (word !== null && !firstUnit.has(word)) firstUnit.set(word, index)
  })
  return [...firstUnit].flatMap(([word, query]) => {
    const key = firstUnit.get((heads[word] ?? 0) - 1)
    return key === undefined ? [] : [{ query, key }]
  })
}

/** The relation of an arc of the gold tree; null for a cell that is none, empty where the data names no relations. */
export function relationOf(
  cell: { query: number; key: number },
  arcs: readonly { query: number; key: number }[],
  units: readonly { word: number | null }[],
  relations: readonly (string | null)[] | undefined
): string | null {
  if (!arcs.some(({ query, key }) => query === cell.query && key === cell.key)) return null
  return relations?.[units[cell.query]?.word ?? -1] ?? ''
}
