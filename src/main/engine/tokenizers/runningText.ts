import { utf16Offsets } from '@shared/codePoints'
import { splitWords, wordStarts } from '../datasets/splitWords'
import type { ReadSentence } from './encodedSentence'
import type { SpelledText } from './maskSpelling'
import type { TextEncoding } from './textTokenizer'

interface Range {
  start: number
  end: number
}

/**
 * The words of a running text and the tokens of each. Words are Layerscope's own (`splitWords`); those that share a
 * token, as `."` does in GPT-2, are one word.
 * @param spelled the text that was encoded, and how its positions are those of `typed`
 * @param encoding its tokens, without the special tokens around it
 * @param maxTokens tokens that fit; the text is cut before the first word that does not, and a longer first word
 * loses its tail
 */
export function alignText(
  typed: string,
  spelled: SpelledText,
  encoding: Pick<TextEncoding, 'ids' | 'offsets'>,
  maxTokens: number,
  around: { prefix: readonly number[]; suffix: readonly number[] }
): ReadSentence {
  const toUtf16 = utf16Offsets(spelled.text)
  const spans = encoding.offsets.map(
    ([start, end]) => [spelled.toTyped(toUtf16(start!)), spelled.toTyped(toUtf16(end!))] as const
  )
  const words = joined(wordRanges(typed), spans)
  const wordOf: number[] = []
  const places = spans.map(([start, end], token): readonly [number, number] => {
    // White space belongs to the word that follows it.
    const following = endingAfter(words, start)
    const word = Math.max(Math.min(following, words.length - 1), wordOf[token - 1] ?? 0)
    wordOf.push(word)
    const from = words[word]!.start
    return start < from && from < end ? [from, end] : [start, end]
  })
  const { tokens, wordsTaken } = fitting(wordOf, words.length, maxTokens)
  const outside = (ids: readonly number[]): null[] => ids.map(() => null)
  const special = (ids: readonly number[]): number[] => ids.map(() => -1)
  const { prefix, suffix } = around
  return {
    ids: Int32Array.from([...prefix, ...encoding.ids.slice(0, tokens), ...suffix]),
    wordOfToken: Int32Array.from([...special(prefix), ...wordOf.slice(0, tokens), ...special(suffix)]),
    spans: [...outside(prefix), ...places.slice(0, tokens), ...outside(suffix)],
    wordsTaken,
    words: words.map(({ start, end }) => typed.slice(start, end)),
    spaceAfter: words.map(({ end }, word) => (words[word + 1]?.start ?? Infinity) > end),
    text: typed,
    note: spelled.note
  }
}

function wordRanges(text: string): Range[] {
  const { words } = splitWords(text)
  const starts = wordStarts(words, text)!
  return words.map((word, index) => ({ start: starts[index]!, end: starts[index]! + word.length }))
}

/** Words in the order of the text, those that a token reaches over made one. */
function joined(words: readonly Range[], spans: readonly (readonly [number, number])[]): Range[] {
  const ranges = words.map((word) => ({ ...word }))
  for (const [start, end] of spans) {
    const first = endingAfter(ranges, start)
    if (first === ranges.length) continue
    // Nearly every token is inside one word.
    let last = first - 1
    while (last + 1 < ranges.length && ranges[last + 1]!.start < end) last++
    if (last > first) ranges.splice(first, last - first + 1, { start: ranges[first]!.start, end: ranges[last]!.end })
  }
  return ranges
}

/** The first of words in their order that ends after a position; their number where none does. */
function endingAfter(words: readonly Range[], position: number): number {
  let [low, high] = [0, words.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (words[middle]!.end > position) high = middle
    else low = middle + 1
  }
  return low
}

/** How many tokens fit without cutting a word, and how many words these are. */
function fitting(wordOf: readonly number[], words: number, maxTokens: number): { tokens: number; wordsTaken: number } {
  if (wordOf.length <= maxTokens) return { tokens: wordOf.length, wordsTaken: words }
  const word = wordOf[maxTokens]!
  const tokens = wordOf.indexOf(word)
  return tokens === 0 ? { tokens: maxTokens, wordsTaken: word + 1 } : { tokens, wordsTaken: word }
}
