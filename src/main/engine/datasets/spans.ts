import type { ColumnValues, SpanLayer } from '@shared/dataset'
import { readValues, timesOf } from './columnValues'
import type { SpanColumn } from './spanColumn'
import type { SplitData, Tables } from './split'

/** A layer of labelled spans as a reader declares it. */
export interface SpanLayerSpec {
  id: string
  title: string
  unit: SpanLayer['unit']
  description: string
  column: string
  /** Made of each different label; null for no label. */
  value?: (raw: string) => string | null
  mayBeNumber?: boolean
  /** Whether both halves of a pair are whole sentences. */
  ofSentences?: boolean
  /** What the user says the labels are. */
  as?: ColumnValues
}

/** A layer of spans over the splits of a data set. */
export interface SpanLayerData {
  info: SpanLayer
  /** How its labels were read, as sentences. */
  notes: string[]
  warnings: string[]
  /**
   * The spans of a split with their classes (positions in `info.classes`, -1 for none), or values (NaN for none).
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

/** Counts the classes of a layer of spans over all splits and orders them, most frequent first. */
export function buildSpanLayer(spec: SpanLayerSpec, tables: Tables, splits: readonly SplitData[]): SpanLayerData {
  const table = tables.columns.get(spec.column)
  const raw = table?.strings ?? []
  const labels = raw.map((value) => (spec.value ? spec.value(value) : value))
  const columnOf = (split: SplitData): SpanColumn => split.spans.get(spec.column) ?? empty
  const times =
    table && spec.mayBeNumber
      ? timesOf(
          table,
          splits.map((split) => columnOf(split).labels)
        )
      : null
  const read = table && times ? readValues(table, times, spec.title, spec.as) : null
  const isNumber = read?.as === 'numbers'
  const counts = new Map<string, number>()
  const numbers = raw.map((value) => (isNumber ? read.numberOf(value) : NaN))
  let labelled = 0
  for (const split of splits) {
    for (const id of columnOf(split).labels) {
      const label = labels[id] ?? null
      if (label === null || (isNumber && Number.isNaN(numbers[id]))) continue
      labelled++
      counts.set(label, (counts.get(label) ?? 0) + 1)
    }
  }
  const classes = [...counts.keys()].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || (a < b ? -1 : 1))
  const classOf = new Map(classes.map((label, index) => [label, index]))
  const classOfRaw = labels.map((label) => (label === null ? -1 : (classOf.get(label) ?? -1)))
  const { id, title, unit, description, ofSentences } = spec
  const common = { id, title, unit, description, labelled, ...(ofSentences && { ofSentences }) }
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
    notes: read?.note ? [read.note] : [],
    warnings: read?.warning ? [read.warning] : [],
    items(split) {
      const { labels: ids, ...spans } = columnOf(split)
      return {
        ...spans,
        classes: ids.map((id) => (isNumber ? -1 : (classOfRaw[id] ?? -1))),
        values: isNumber ? Float32Array.from(ids, (id) => numbers[id] ?? NaN) : null
      }
    }
  }
}
