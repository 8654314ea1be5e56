import type { Dataset } from '../datasets/dataset'
import type { WordSpans } from './task'

/** Every word as a span of its own. */
export function everyWord(words: number): WordSpans {
  return {
    first: Int32Array.from({ length: words }, (_, word) => word),
    end: Int32Array.from({ length: words }, (_, word) => word + 1)
  }
}

/** Every sentence as a span. @param starts first word of each sentence, and the number of words at the end */
export function everySentence(starts: Int32Array): WordSpans {
  return { first: starts.slice(0, -1), end: starts.slice(1) }
}

/** The whole text of each span, in lower case. */
export function textTypes(forms: readonly string[], { first, end }: WordSpans): string[] {
  return Array.from(first, (from, item) => forms.slice(from, end[item]).join(' ').toLowerCase())
}

/**
 * The head word of each span, in lower case: the word whose head is outside of it (the first such word), and
 * without a tree its last word.
 */
export function headTypes(dataset: Dataset, split: string, spans: WordSpans): string[] {
  const { forms, starts, sentence } = dataset.words(split)
  const heads = dataset.heads(split)
  return Array.from(spans.first, (first, item) => {
    const end = spans.end[item]!
    let head = end - 1
    if (heads) {
      const start = starts[sentence[first]!]!
      for (let word = first; word < end; word++) {
        const above = start + heads[word]! - 1
        if (heads[word]! >= 0 && (heads[word] === 0 || above < first || above >= end)) {
          head = word
          break
        }
      }
    }
    return forms[head]!.toLowerCase()
  })
}

/** The head words of both halves of each pair. */
export function pairTypes(dataset: Dataset, split: string, first: WordSpans, second: WordSpans): string[] {
  const others = headTypes(dataset, split, second)
  return headTypes(dataset, split, first).map((type, item) => `${type}\t${others[item]!}`)
}
