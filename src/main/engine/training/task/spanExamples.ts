import type { FinetunePrediction } from '@shared/finetune'
import type { TaskItems } from '../../tasks/task'
import type { Tokenizer } from '../../tokenizers/tokenizer'
import type { RowRange } from '../spanVectors'
import type { TokenSpans } from './batches'

/** Where a labelled word or span is in its sentence. */
export type ItemPlace = { word: number } & Pick<FinetunePrediction, 'span' | 'second'>

/** An input with labelled spans (examples.ts). */
export interface SpanExample {
  sentence: number
  ids: Int32Array
  wordOfToken: Int32Array
  labels: number[]
  places: ItemPlace[]
  spans: TokenSpans[]
}

/** A labelled item: words of its split, [first, end), and those of the other half of a pair. */
export interface SpanItem {
  first: RowRange
  second: RowRange | null
  /** The sentence that it ends in. */
  last: number
  label: number
}

/** The items of a task that have a label, by the sentence in which each begins. */
export function spanItems(
  { first, end, second, classes, values }: Pick<TaskItems, 'first' | 'end' | 'second' | 'classes' | 'values'>,
  starts: Int32Array
): ReadonlyMap<number, SpanItem[]> {
  const bySentence = new Map<number, SpanItem[]>()
  first.forEach((from, item) => {
    const label = values ? values[item]! : classes[item]!
    if (values ? Number.isNaN(label) : label < 0) return
    const spans: Pick<SpanItem, 'first' | 'second'> = {
      first: [from, end[item]!],
      second: second && [second.first[item]!, second.end[item]!]
    }
    const [begin, after] = extentOf(spans)
    const added = { ...spans, last: sentenceOf(after - 1, starts), label }
    const sentence = sentenceOf(begin, starts)
    const known = bySentence.get(sentence)
    if (known) known.push(added)
    else bySentence.set(sentence, [added])
  })
  return bySentence
}

/** What the examples of one sentence are made of. */
export interface SpanSource {
  /** In which they begin. */
  sentence: number
  sentences: readonly (readonly string[])[]
  /** Row of the first word of every sentence. */
  starts: Int32Array
  tokenizer: Tokenizer
  /** Of each word the token that is read, where items are words with numbers; null: every token of a span. */
  read: 'first' | 'last' | null
}

/**
 * The spans of a sentence as inputs: together where they fit into the model's window, otherwise from the first span
 * that does not on. A pair whose halves are in different sentences is read with all that is between them.
 * @returns the inputs, and how many items fit into none
 */
export function spanExamples(
  items: readonly SpanItem[],
  { sentence, sentences, starts, tokenizer, read }: SpanSource
): { examples: SpanExample[]; leftOut: number } {
  const examples: SpanExample[] = []
  let leftOut = 0
  const start = starts[sentence]!
  for (const last of new Set(items.map((item) => item.last))) {
    const words = sentences.slice(sentence, last + 1).flat()
    let remaining = items.filter((item) => item.last === last)
    for (let from = 0; remaining.length > 0;) {
      const encoded = tokenizer.encode(words, from)
      const fits = (item: SpanItem): boolean => {
        const [first, end] = extentOf(item)
        return first - start >= from && end - start <= encoded.wordsTaken
      }
      const labelled = remaining.filter(fits).flatMap((item) => labelledSpan(item, start, encoded.wordOfToken, read))
      if (labelled.length > 0)
        examples.push({
          sentence,
          ids: encoded.ids,
          wordOfToken: encoded.wordOfToken,
          labels: labelled.map(({ label }) => label),
          places: labelled.map(({ place }) => place),
          spans: labelled.map(({ spans }) => spans)
        })
      const rest = remaining.filter((item) => !fits(item))
      const beginOf = (item: SpanItem): number => extentOf(item)[0] - start
      // What does not fit although the window begins with it fits nowhere.
      remaining = rest.filter((item) => beginOf(item) > from)
      leftOut += rest.length - remaining.length
      from = Math.min(...remaining.map(beginOf))
    }
  }
  return { examples, leftOut }
}

/** An item among the tokens of its sentence; empty where one of its halves has no token. */
function labelledSpan(
  { first, second, label }: SpanItem,
  start: number,
  wordOfToken: Int32Array,
  read: SpanSource['read']
): { label: number; place: ItemPlace; spans: TokenSpans }[] {
  const within = ([from, end]: RowRange): RowRange => [from - start, end - start]
  const tokens = tokensOf(within(first), wordOfToken, read)
  const others = second && tokensOf(within(second), wordOfToken, read)
  if (!tokens || (second && !others)) return []
  const [word] = within(first)
  const place: ItemPlace =
    read === null ? { word, span: within(first), ...(second && { second: within(second) }) } : { word }
  return [{ label, place, spans: { first: tokens, second: others } }]
}

/** Tokens [first, end) of words [first, end); null where they have none. */
function tokensOf([from, end]: RowRange, wordOfToken: Int32Array, read: SpanSource['read']): RowRange | null {
  const first = wordOfToken.findIndex((word) => word >= from && word < end)
  if (first < 0) return null
  const last = wordOfToken.findLastIndex((word) => word >= from && word < end)
  return read === 'first' ? [first, first + 1] : read === 'last' ? [last, last + 1] : [first, last + 1]
}

/** Words [first, end) that an item reaches from and to. */
function extentOf({ first, second }: Pick<SpanItem, 'first' | 'second'>): RowRange {
  return second ? [Math.min(first[0], second[0]), Math.max(first[1], second[1])] : first
}

/** The sentence of a word: the last that begins with it or before it. */
function sentenceOf(word: number, starts: Int32Array): number {
  let [low, high] = [0, starts.length]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (starts[middle]! <= word) low = middle
    else high = middle
  }
  return low
}
