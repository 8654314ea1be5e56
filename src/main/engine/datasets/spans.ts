import type { SpanLayer } from '@shared/dataset'
import { Int32List, type StringTable } from './columns'
import { isQuantity } from './layers'
import type { SplitData, Tables } from './split'

/** Labelled stretches of words, or pairs of them. A stretch is [first, end), in words of the split. */
export interface SpanColumn {
  first: Int32Array
  end: Int32Array
  /** The other stretch of each pair; empty for single stretches. */
  secondFirst: Int32Array
  secondEnd: Int32Array
  /** Ids of the column's string table; -1 for none. */
  labels: Int32Array
}

/** First word and the word after the last, in words of the split. */
export type Stretch = readonly [number, number]

/** Fills a column of stretches, or of pairs of them. Reading order is kept. */
export class SpanBuilder {
  private readonly first = new Int32List()
  private readonly end = new Int32List()
  private readonly secondFirst = new Int32List()
  private readonly secondEnd = new Int32List()
  private readonly labels = new Int32List()

  constructor(private readonly table: StringTable) {}

  add(label: string | null, [first, end]: Stretch, second?: Stretch): void {
    this.first.push(first)
    this.end.push(end)
    if (second) {
      this.secondFirst.push(second[0])
      this.secondEnd.push(second[1])
    }
    this.labels.push(label === null ? -1 : this.table.add(label))
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

/** The stretches that lie in the given sentences, moved to where these come to stand. A pair needs both its parts. */
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

/** A layer of labelled stretches as a reader declares it. */
export interface SpanLayerSpec {
  id: string
  title: string
  unit: SpanLayer['unit']
  description: string
  column: string
  /** Made of each different label; null for no label. */
  value?: (raw: string) => string | null
}

/** A layer of stretches over the splits of a data set. */
export interface SpanLayerData {
  info: SpanLayer
  /**
   * The stretches of a split with their classes (positions in `info.classes`, -1 for none), or values (NaN for none).
   */
  items(split: SplitData): SpanItems
}

export interface SpanItems extends Omit<SpanColumn, 'labels'> {
  classes: Int32Array
  values: Float32Array | null
}

const empty: SpanColumn = {
  first: new Int32Array(0),
  end: new Int32Array(0),
  secondFirst: new Int32Array(0),
  secondEnd: new Int32Array(0),
  labels: new Int32Array(0)
}

/** Counts the classes of a layer of stretches over all splits and orders them, most frequent first. */
export function buildSpanLayer(spec: SpanLayerSpec, tables: Tables, splits: readonly SplitData[]): SpanLayerData {
  const raw = tables.columns.get(spec.column)?.strings ?? []
  const labels = raw.map((value) => (spec.value ? spec.value(value) : value))
  const columnOf = (split: SplitData): SpanColumn => split.spans.get(spec.column) ?? empty
  const isNumber = isQuantity(raw)
  const counts = new Map<string, number>()
  let labelled = 0
  for (const split of splits) {
    for (const id of columnOf(split).labels) {
      const label = labels[id] ?? null
      if (label === null) continue
      labelled++
      counts.set(label, (counts.get(label) ?? 0) + 1)
    }
  }
  const classes = [...counts.keys()].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || (a < b ? -1 : 1))
  const classOf = new Map(classes.map((label, index) => [label, index]))
  const classOfRaw = labels.map((label) => (label === null ? -1 : (classOf.get(label) ?? -1)))
  const numbers = raw.map(Number)
  const common = { id: spec.id, title: spec.title, unit: spec.unit, description: spec.description, labelled }
  return {
    info: isNumber
      ? { ...common, kind: 'number', classes: [], counts: [], probeable: classes.length > 1 }
      : {
          ...common,
          kind: 'class',
          classes,
          counts: classes.map((label) => counts.get(label) ?? 0),
          probeable: classes.length > 1
        },
    items(split) {
      const { labels: ids, ...stretches } = columnOf(split)
      return {
        ...stretches,
        classes: ids.map((id) => (isNumber ? -1 : (classOfRaw[id] ?? -1))),
        values: isNumber ? Float32Array.from(ids, (id) => numbers[id] ?? NaN) : null
      }
    }
  }
}
