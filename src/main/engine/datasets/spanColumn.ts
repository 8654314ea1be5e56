import { Int32List, type StringTable } from './columns'
import type { Place } from './readers/refuse'

/** Labelled spans of words, or pairs of them. A span is [first, end), in words of the split. */
export interface SpanColumn {
  first: Int32Array
  end: Int32Array
  /** The other span of each pair; empty for single spans. */
  secondFirst: Int32Array
  secondEnd: Int32Array
  /** Ids of the column's string table; -1 for none. */
  labels: Int32Array
}

/** First word and the word after the last, in words of the split. */
export type WordSpan = readonly [number, number]

/** Fills a column of spans, or of pairs of them. Reading order is kept. */
export class SpanBuilder {
  private readonly first = new Int32List()
  private readonly end = new Int32List()
  private readonly secondFirst = new Int32List()
  private readonly secondEnd = new Int32List()
  private readonly labels = new Int32List()

  constructor(private readonly table: StringTable) {}

  /** @param place where the label stands, for refusals */
  add(label: string | null, [first, end]: WordSpan, second?: WordSpan, place?: Place): void {
    this.first.push(first)
    this.end.push(end)
    if (second) {
      this.secondFirst.push(second[0])
      this.secondEnd.push(second[1])
    }
    this.labels.push(label === null ? -1 : this.table.add(label, place))
  }

  /** The labels so far, as ids of the table; -1 for none. */
  labelIds(): Int32Array {
    return this.labels.view()
  }

  finish(): SpanColumn {
    return {
      first: this.first.toArray(),
      end: this.end.toArray(),
      secondFirst: this.secondFirst.toArray(),
      secondEnd: this.secondEnd.toArray(),
      labels: this.labels.toArray()
    }
  }
}

/** The spans within the given sentences, moved to these sentences' new positions. A pair needs both its parts. */
export function pickSpans(column: SpanColumn, starts: Int32Array, sentences: readonly number[]): SpanColumn {
  const words = starts[starts.length - 1] ?? 0
  const moved = new Int32Array(words).fill(-1)
  let next = 0
  for (const sentence of sentences) {
    for (let word = starts[sentence] ?? 0; word < (starts[sentence + 1] ?? 0); word++) moved[word] = next++
  }
  const at = (word: number): number => moved[word] ?? -1
  const isPair = column.secondFirst.length > 0
  const kept: number[] = []
  column.first.forEach((first, item) => {
    if (at(first) !== -1 && (!isPair || at(column.secondFirst[item] ?? -1) !== -1)) kept.push(item)
  })
  // Sentences may have changed their order; items follow them.
  kept.sort((a, b) => at(column.first[a] ?? 0) - at(column.first[b] ?? 0) || a - b)
  const first = (values: Int32Array): Int32Array => Int32Array.from(kept, (item) => at(values[item] ?? 0))
  const end = (values: Int32Array): Int32Array => Int32Array.from(kept, (item) => at((values[item] ?? 0) - 1) + 1)
  const none = new Int32Array(0)
  return {
    first: first(column.first),
    end: end(column.end),
    secondFirst: isPair ? first(column.secondFirst) : none,
    secondEnd: isPair ? end(column.secondEnd) : none,
    labels: Int32Array.from(kept, (item) => column.labels[item] ?? -1)
  }
}
