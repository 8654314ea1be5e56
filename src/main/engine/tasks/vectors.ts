import type { SpanPooling, TaskUnit } from '@shared/task'
import type { ProbeItems } from '../probes/probeRunner'
import type { Activations } from '../activations/wordVectors'
import type { WordSpans, TaskItems } from './task'

/**
 * How a span of several words becomes a vector: the mean of its words; or the vectors of its first and last word and
 * their difference, one after another, as "endpoint" extractors do (Lee et al. 2017). Attention pooling is learned
 * by the probe (probes/solvers/spanNetwork.ts).
 */
export type SpanVector = SpanPooling

/** What a task needs of extracted words. */
export type WordVectors = Pick<Activations, 'words' | 'width' | 'missing' | 'layer'>

/**
 * The items of a task as a probe sees them, as far as words were extracted. An item without a vector for any of its
 * words is left out. A pair is [a; b; a * b] of the means of its halves (Liu et al. 2019 and the mean-pooled variant of
 * Tenney et al. 2019 concatenate the two; Liu adds the product); a sentence is the mean of its words.
 * @param sentence of every word of the split
 * @returns `vectors(layer)` is [items, `width`]
 */
export function probeItems(
  unit: TaskUnit,
  task: TaskItems,
  sentence: Int32Array,
  words: WordVectors,
  span: SpanVector
): ProbeItems & { width: number; values: Float32Array | null } {
  const missing = new Uint8Array(words.words)
  for (const word of words.missing) missing[word] = 1
  const items = itemsWithin(task, words.words)
  const first = presentPart(task, items, missing)
  const second = task.second && presentPart(task.second, items, missing)
  const classes = task.classes.slice(0, items)
  const values = task.values?.slice(0, items) ?? null
  for (let item = 0; item < items; item++) {
    if (first.end[item]! > first.first[item]! && (!second || second.end[item]! > second.first[item]!)) continue
    classes[item] = -1
    if (values) values[item] = NaN
  }
  const { width } = words
  const compose = (values: Float32Array): Float32Array => {
    if (unit === 'token') return values
    if (second) return pairs(means(values, width, first, missing), means(values, width, second, missing), width)
    return unit === 'span' && span === 'ends' ? endpoints(values, width, first) : means(values, width, first, missing)
  }
  return {
    items,
    classes,
    values,
    types: task.types().slice(0, items),
    sentences: Int32Array.from({ length: items }, (_, item) => sentence[task.first[item]!]!),
    width: widthOf(unit, width, span),
    vectors: (layer, room) => compose(words.layer(layer, unit === 'token' ? room : undefined))
  }
}

/** Width of an item's vector where words are `width` wide. */
export function widthOf(unit: TaskUnit, width: number, span: SpanVector): number {
  return unit === 'pair' || (unit === 'span' && span === 'ends') ? 3 * width : width
}

/** Items before the first one that reaches beyond the first `words` words. */
export function itemsWithin(
  { first, end, second }: Pick<TaskItems, 'first' | 'end' | 'second'>,
  words: number
): number {
  for (let item = 0; item < first.length; item++)
    if (end[item]! > words || (second && second.end[item]! > words)) return item
  return first.length
}

/** Spans without the words at either end that have no vector; empty where none has one. */
export function presentPart(spans: WordSpans, items: number, missing: Uint8Array): WordSpans {
  const first = spans.first.slice(0, items)
  const end = spans.end.slice(0, items)
  for (let item = 0; item < items; item++) {
    while (first[item]! < end[item]! && missing[first[item]!]) first[item]!++
    while (first[item]! < end[item]! && missing[end[item]! - 1]) end[item]!--
  }
  return { first, end }
}

function means(values: Float32Array, width: number, { first, end }: WordSpans, missing: Uint8Array): Float32Array {
  const result = new Float32Array(first.length * width)
  first.forEach((from, item) => {
    const to = end[item]!
    let present = 0
    for (let word = from; word < to; word++) present += missing[word] ? 0 : 1
    const share = 1 / present
    for (let word = from; word < to; word++) {
      if (missing[word]) continue
      for (let i = 0; i < width; i++) result[item * width + i]! += values[word * width + i]! * share
    }
  })
  return result
}

function pairs(a: Float32Array, b: Float32Array, width: number): Float32Array {
  const result = new Float32Array(3 * a.length)
  for (let row = 0; row * width < a.length; row++) {
    const from = row * width
    result.set(a.subarray(from, from + width), 3 * from)
    result.set(b.subarray(from, from + width), 3 * from + width)
    for (let i = 0; i < width; i++) result[3 * from + 2 * width + i] = a[from + i]! * b[from + i]!
  }
  return result
}

function endpoints(values: Float32Array, width: number, { first, end }: WordSpans): Float32Array {
  const result = new Float32Array(3 * first.length * width)
  first.forEach((from, item) => {
    const last = end[item]! - 1
    if (last < from) return
    const at = 3 * item * width
    result.set(values.subarray(from * width, (from + 1) * width), at)
    result.set(values.subarray(last * width, (last + 1) * width), at + width)
    for (let i = 0; i < width; i++) result[at + 2 * width + i] = values[last * width + i]! - values[from * width + i]!
  })
  return result
}
