import { expect, test } from 'vitest'
import type { TaskItems } from '../../../src/main/engine/tasks/task'
import { probeItems, widthOf, type WordVectors } from '../../../src/main/engine/tasks/vectors'

/** Six words of width 2 in two sentences; word 3 has no vector. */
const sentence = Int32Array.of(0, 0, 0, 1, 1, 1)
const words: WordVectors = {
  words: 6,
  width: 2,
  missing: [3],
  layer: (layer) => Float32Array.of(1, 2, 3, 5, 2, 2, 9, 9, 4, 6, 8, 2).map((value) => value + layer)
}

function task(first: number[], end: number[], second?: [number[], number[]]): TaskItems {
  return {
    first: Int32Array.from(first),
    end: Int32Array.from(end),
    second: second ? { first: Int32Array.from(second[0]), end: Int32Array.from(second[1]) } : null,
    classes: Int32Array.from(first, (_, item) => item),
    values: null,
    types: () => first.map((_, item) => `type${item}`)
  }
}

test('a span is the mean of those of its words that have a vector', () => {
  const items = probeItems('span', task([0, 3, 3], [3, 6, 4]), sentence, words, 'mean')
  expect(Array.from(items.vectors(0))).toEqual([2, 3, 6, 4, 0, 0])
  expect(Array.from(items.classes)).toEqual([0, 1, -1])
  expect(Array.from(items.sentences)).toEqual([0, 1, 1])
  expect(items.width).toBe(2)
})

test('or its first and last word with a vector, and their difference', () => {
  const items = probeItems('span', task([0, 3], [3, 6]), sentence, words, 'ends')
  expect(Array.from(items.vectors(1))).toEqual([2, 3, 3, 3, 1, 0, 5, 7, 9, 3, 4, -4])
  expect(items.width).toBe(6)
})

test('a pair is both halves and their product; it needs both', () => {
  const items = probeItems(
    'pair',
    task(
      [0, 1],
      [1, 2],
      [
        [1, 3],
        [3, 4]
      ]
    ),
    sentence,
    words,
    'mean'
  )
  expect(Array.from(items.vectors(0))).toEqual([1, 2, 2.5, 3.5, 2.5, 7, 3, 5, 0, 0, 0, 0])
  expect(Array.from(items.classes)).toEqual([0, -1])
  expect(widthOf('pair', 2, 'mean')).toBe(6)
})

test('a sentence is the mean of its words, and words are passed on as they are', () => {
  expect(Array.from(probeItems('sentence', task([0, 3], [3, 6]), sentence, words, 'ends').vectors(0))).toEqual([
    2, 3, 6, 4
  ])
  const layer = words.layer(0)
  const single = probeItems(
    'token',
    task([0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6]),
    sentence,
    { ...words, layer: () => layer },
    'mean'
  )
  expect(single.vectors(0)).toBe(layer)
  expect(Array.from(single.classes)).toEqual([0, 1, 2, -1, 4, 5])
})

test('items that reach beyond the extracted words are cut off', () => {
  const items = probeItems(
    'span',
    task([0, 2, 4], [1, 3, 6]),
    sentence,
    { ...words, words: 5, layer: (layer) => words.layer(layer).slice(0, 10) },
    'mean'
  )
  expect(items.items).toBe(2)
  expect(items.types).toEqual(['type0', 'type1'])
})
