import type { TextTokenizer } from './textTokenizer'

/** The special tokens of a pair of texts, and the segment of every token. */
export interface PairTokens {
  prefix: readonly number[]
  middle: readonly number[]
  suffix: readonly number[]
  /** Of the special tokens in their order, and of both texts. */
  segments: {
    prefix: readonly number[]
    first: number
    middle: readonly number[]
    second: number
    suffix: readonly number[]
  }
}

/** Two sentences as one input of the model: Python's `tokenizer(first, second)`. */
export interface EncodedPair {
  ids: Int32Array
  /** Word of each token, those of the second sentence counted on; -1 for special tokens. */
  wordOfToken: Int32Array
  /** Segment of each token. */
  segments: Int32Array
  /** Whether tokens at the end of a sentence did not fit. */
  cut: boolean
}

/** What a tokenizer puts around two texts. */
export async function pairTokens(tokenizer: TextTokenizer): Promise<PairTokens> {
  const { ids, typeIds, parts } = await tokenizer.encode('a', 'b')
  const [first, second] = [parts.indexOf(0), parts.indexOf(1)]
  const [firstEnd, secondEnd] = [parts.lastIndexOf(0) + 1, parts.lastIndexOf(1) + 1]
  const cut = (list: readonly number[]): Record<'prefix' | 'middle' | 'suffix', number[]> => ({
    prefix: list.slice(0, first),
    middle: list.slice(firstEnd, second),
    suffix: list.slice(secondEnd)
  })
  return { ...cut(ids), segments: { ...cut(typeIds), first: typeIds[first] ?? 0, second: typeIds[second] ?? 0 } }
}

/**
 * Joins two sentences and their special tokens.
 * @param pieces tokens of every word of both sentences
 * @param maxTokens window; the longer sentence loses its last tokens until both fit
 */
export function joinPair(
  pieces: readonly [readonly Int32Array[], readonly Int32Array[]],
  { prefix, middle, suffix, segments }: PairTokens,
  maxTokens: number
): EncodedPair {
  const words = pieces.map((sentence, side) =>
    sentence.flatMap((ids, word) => Array.from(ids, () => (side === 0 ? word : pieces[0].length + word)))
  )
  const ids = pieces.map((sentence) => sentence.flatMap((some) => [...some]))
  const room = maxTokens - prefix.length - middle.length - suffix.length
  let [first, second] = ids.map(({ length }) => length) as [number, number]
  const whole = first + second
  while (first + second > Math.max(0, room)) {
    if (first > second) first--
    else second--
  }
  const special = (list: readonly number[]): number[] => list.map(() => -1)
  const side = (list: readonly number[], length: number, segment: number): number[] =>
    list.slice(0, length).map(() => segment)
  return {
    ids: Int32Array.from([...prefix, ...ids[0]!.slice(0, first), ...middle, ...ids[1]!.slice(0, second), ...suffix]),
    wordOfToken: Int32Array.from([
      ...special(prefix),
      ...words[0]!.slice(0, first),
      ...special(middle),
      ...words[1]!.slice(0, second),
      ...special(suffix)
    ]),
    segments: Int32Array.from([
      ...segments.prefix,
      ...side(ids[0]!, first, segments.first),
      ...segments.middle,
      ...side(ids[1]!, second, segments.second),
      ...segments.suffix
    ]),
    cut: first + second < whole
  }
}
