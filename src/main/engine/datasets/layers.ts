import type { ColumnValues, LabelLayer, LabelUnit } from '@shared/dataset'
import { readValues, timesOf } from './columnValues'
import { sentenceCount } from './split'
import type { SplitData, Tables } from './split'

/** What a label layer is made from. */
export type LayerOrigin =
  /** The values of a column, or what `value` makes of each of them (null: no label). */
  | {
      kind: 'column'
      column: string
      value?: (raw: string) => string | null
      mayBeNumber?: boolean
      /** What the user says the values are. */
      as?: ColumnValues
      /** What else the user says that changes the values of the column of this name. */
      chosen?: Record<string, unknown>
    }
  /** Position of the head minus position of the word: negative when the head is to the left. No value for roots. */
  | { kind: 'headDistance' }
  /** A class made from that distance; null is the root. */
  | { kind: 'headDistanceClass'; classOf: (distance: number | null) => string }

/** A label layer as a reader declares it. */
export interface LayerSpec {
  id: string
  title: string
  unit: LabelUnit
  description?: string
  origin: LayerOrigin
}

/** A label layer over the splits of a data set. */
export interface Layer {
  info: LabelLayer
  /** How its values were read, as sentences. */
  notes: string[]
  warnings: string[]
  /** Class of every word (or sentence), -1 where there is none; empty for a number. */
  classIds(split: SplitData): Int32Array
  /** Value of every word (or sentence), NaN where there is none; for a number only. */
  numbers?(split: SplitData): Float32Array
  /**
   * Labels as text from word (or sentence) `from` up to `to`, which are the bounds of sentences; null where there is
   * none.
   */
  labelsAt(split: SplitData, from: number, to: number): (string | null)[]
}

/**
 * Values of the words (or sentences) from `from` up to `to`, which are the bounds of sentences; of all when left out.
 */
type Values<A> = (split: SplitData, from?: number, to?: number) => A

/** Ids into an open list of raw values: what classes are counted and sorted from. */
interface RawIds {
  values: readonly string[]
  of: Values<Int32Array>
}

/** Builds a layer: counts its classes over all splits and orders them, most frequent first. */
export function buildLayer(spec: LayerSpec, tables: Tables, splits: readonly SplitData[]): Layer {
  const { origin } = spec
  if (origin.kind === 'headDistance') return numberLayer(spec, splits, headDistances)
  if (origin.kind === 'headDistanceClass') return classLayer(spec, splits, headClasses(origin.classOf, splits))
  const values = tables.columns.get(origin.column)?.strings ?? []
  const ids: Values<Int32Array> = (split, from, to) => columnOf(split, spec.unit, origin.column).subarray(from, to)
  const table = tables.columns.get(origin.column)
  const times =
    table && origin.mayBeNumber
      ? timesOf(
          table,
          splits.map((split) => ids(split))
        )
      : null
  const read = table && times ? readValues(table, times, spec.title, origin.as) : null
  const notes = read?.note ? [read.note] : []
  const warnings = read?.warning ? [read.warning] : []
  if (read?.as === 'numbers') {
    const parsed = Float32Array.from(values, read.numberOf)
    const layer = numberLayer(spec, splits, (split, from, to) => {
      const column = ids(split, from, to)
      return translate(column, parsed, new Float32Array(column.length), NaN)
    })
    return { ...layer, notes, warnings }
  }
  if (!origin.value) return { ...classLayer(spec, splits, { values, of: ids }), notes, warnings }
  return classLayer(spec, splits, derived(values, origin.value, ids))
}

function columnOf(split: SplitData, unit: LabelUnit, column: string): Int32Array {
  const ids = (unit === 'token' ? split.tokenColumns : split.sentenceColumns).get(column)
  return ids ?? new Int32Array(unit === 'token' ? split.forms.length : sentenceCount(split)).fill(-1)
}

/** Classes made from the values of a column: each distinct value is converted once, however often it occurs. */
function derived(values: readonly string[], value: (raw: string) => string | null, ids: Values<Int32Array>): RawIds {
  const made: string[] = []
  const known = new Map<string, number>()
  const idOfRaw = Int32Array.from(values, (raw) => {
    const label = value(raw)
    if (label === null) return -1
    const id = known.get(label)
    if (id !== undefined) return id
    known.set(label, made.length)
    return made.push(label) - 1
  })
  return {
    values: made,
    of: (split, from, to) => {
      const column = ids(split, from, to)
      return translate(column, idOfRaw, new Int32Array(column.length), -1)
    }
  }
}

function headDistances(split: SplitData, from = 0, to = split.forms.length): Float32Array {
  const distances = new Float32Array(to - from).fill(NaN)
  forEachHead(split, from, to, (word, distance) => {
    if (distance !== null) distances[word - from] = distance
  })
  return distances
}

function headClasses(classOf: (distance: number | null) => string, splits: readonly SplitData[]): RawIds {
  const values: string[] = []
  const idOf = new Map<number | null, number>()
  const of = (split: SplitData, from = 0, to = split.forms.length): Int32Array => {
    const ids = new Int32Array(to - from).fill(-1)
    forEachHead(split, from, to, (word, distance) => {
      let id = idOf.get(distance)
      if (id === undefined) {
        const label = classOf(distance)
        id = values.indexOf(label)
        if (id === -1) id = values.push(label) - 1
        idOf.set(distance, id)
      }
      ids[word - from] = id
    })
    return ids
  }
  // Every class is registered before they are counted.
  for (const split of splits) of(split)
  return { values, of }
}

/** Visits the words from `from` up to `to` that have a head; the distance is null for a root. */
function forEachHead(
  split: SplitData,
  from: number,
  to: number,
  visit: (word: number, distance: number | null) => void
): void {
  const { heads, starts } = split
  if (!heads) return
  for (let sentence = sentenceAt(starts, from); (starts[sentence] ?? to) < to; sentence++) {
    const start = starts[sentence] ?? 0
    const end = starts[sentence + 1] ?? start
    for (let word = start; word < end; word++) {
      const head = heads[word] ?? -1
      if (head >= 0) visit(word, head === 0 ? null : head - (word - start + 1))
    }
  }
}

/** The sentence that begins at a word. */
function sentenceAt(starts: Int32Array, word: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((starts[middle] ?? 0) < word) low = middle + 1
    else high = middle
  }
  return low
}

/** Replaces ids by what a table holds for them. A plain loop: the callbacks of typed arrays are ten times slower. */
function translate<A extends Int32Array | Float32Array>(ids: Int32Array, table: A, result: A, missing: number): A {
  for (let index = 0; index < ids.length; index++) {
    const id = ids[index] ?? -1
    result[index] = id < 0 ? missing : (table[id] ?? missing)
  }
  return result
}

function classLayer(spec: LayerSpec, splits: readonly SplitData[], raw: RawIds): Layer {
  const totals = new Float64Array(raw.values.length)
  const perSplit = splits.map((split) => {
    const histogram = new Float64Array(raw.values.length)
    for (const id of raw.of(split)) {
      if (id < 0) continue
      histogram[id] = (histogram[id] ?? 0) + 1
      totals[id] = (totals[id] ?? 0) + 1
    }
    return { name: split.name, histogram }
  })
  const name = (id: number): string => raw.values[id] ?? ''
  const total = (id: number): number => totals[id] ?? 0
  const order = Array.from(totals.keys())
    .filter((id) => total(id) > 0)
    .sort((a, b) => total(b) - total(a) || (name(a) < name(b) ? -1 : 1))
  const classOfRaw = new Int32Array(raw.values.length).fill(-1)
  order.forEach((id, position) => (classOfRaw[id] = position))
  const counts = order.map(total)
  const info: LabelLayer = {
    id: spec.id,
    title: spec.title,
    unit: spec.unit,
    kind: 'class',
    description: spec.description,
    classes: order.map(name),
    counts,
    countsBySplit: Object.fromEntries(
      perSplit.map(({ name: split, histogram }) => [split, order.map((id) => histogram[id] ?? 0)])
    ),
    labelled: counts.reduce((sum, value) => sum + value, 0),
    probeable: order.length >= 2
  }
  return {
    info,
    notes: [],
    warnings: [],
    classIds: (split) => {
      const ids = raw.of(split)
      return translate(ids, classOfRaw, new Int32Array(ids.length), -1)
    },
    labelsAt: (split, from, to) => Array.from(raw.of(split, from, to), (id) => raw.values[id] ?? null)
  }
}

function numberLayer(spec: LayerSpec, splits: readonly SplitData[], numbers: Values<Float32Array>): Layer {
  let labelled = 0
  let sum = 0
  let min = Infinity
  let max = -Infinity
  for (const split of splits) {
    for (const value of numbers(split)) {
      if (Number.isNaN(value)) continue
      labelled++
      sum += value
      min = Math.min(min, value)
      max = Math.max(max, value)
    }
  }
  const info: LabelLayer = {
    id: spec.id,
    title: spec.title,
    unit: spec.unit,
    kind: 'number',
    description: spec.description,
    classes: [],
    counts: [],
    countsBySplit: {},
    labelled,
    range: labelled > 0 ? { min, max, mean: sum / labelled } : undefined,
    probeable: min < max
  }
  return {
    info,
    notes: [],
    warnings: [],
    classIds: () => new Int32Array(0),
    numbers: (split) => numbers(split),
    labelsAt: (split, from, to) =>
      Array.from(numbers(split, from, to), (value) => (Number.isNaN(value) ? null : String(value)))
  }
}
