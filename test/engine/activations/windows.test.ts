import { beforeAll, expect, test } from 'vitest'
import { poolWords } from '../../../src/main/engine/activations/pooling'
import { batchesOf, windowsOf } from '../../../src/main/engine/activations/windows'
import { WordTokenizer } from '../../../src/main/engine/tokenizers/wordTokenizer'

let tokenizer: WordTokenizer
const long = Array.from({ length: 700 }, (_, i) => ['unbelievableness', 'cat', 'sat', 'on', 'the', 'mat'][i % 6]!)
beforeAll(async () => {
  tokenizer = await WordTokenizer.open('resources/models/all-MiniLM-L6-v2', 512)
  await tokenizer.prepare([...long, 'x'.repeat(50), Array.from({ length: 600 }, (_, i) => i).join(','), ' '])
})

test('a sentence that fits is one window', () => {
  const windows = windowsOf(tokenizer, 3, ['the', 'cat'])
  expect(windows).toHaveLength(1)
  expect(windows[0]).toMatchObject({ sentence: 3, from: 0, to: 2 })
  expect([...windows[0]!.wordOfToken]).toEqual([-1, 0, 1, -1])
})

test('a sentence longer than the window loses no word and takes each exactly once, with context', () => {
  const windows = windowsOf(tokenizer, 0, long)
  expect(windows.length).toBeGreaterThan(1)
  const taken = new Int32Array(long.length)
  for (const window of windows) {
    expect(window.ids.length).toBeLessThanOrEqual(512)
    for (let word = window.from; word < window.to; word++) {
      taken[word]!++
      expect(window.wordOfToken).toContain(word)
    }
  }
  expect([...taken].every((times) => times === 1)).toBe(true)
  // Between two windows a word has at least an eighth of the window on either side.
  expect(windows[0]!.wordOfToken.filter((word) => word >= windows[0]!.to).length).toBeGreaterThan(40)
})

test('a single word longer than the window keeps what fits', () => {
  const huge = Array.from({ length: 600 }, (_, i) => i).join(',')
  const windows = windowsOf(tokenizer, 0, ['the', huge, 'cat'])
  expect(windows.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i))).toEqual([0, 1, 2])
})

test('batches stay within the budget and hold every window once', () => {
  const windows = Array.from({ length: 100 }, (_, i) =>
    windowsOf(tokenizer, i, long.slice(0, 1 + ((i * 37) % 60)))
  ).flat()
  const batches = batchesOf(windows, 512)
  expect(batches.flat()).toHaveLength(windows.length)
  expect(new Set(batches.flat().map((window) => window.sentence)).size).toBe(100)
  for (const batch of batches) {
    expect(batch.length === 1 || batch.length * Math.max(...batch.map((window) => window.ids.length)) <= 512).toBe(true)
  }
})

test('pooling takes the first, the last or the mean of a word’s pieces', () => {
  // Tokens: special, word 0 (two pieces), word 1, special; width 2.
  const hidden = Float32Array.from([9, 9, 1, 2, 3, 6, 5, 5, 9, 9])
  const window = {
    sentence: 0,
    ids: new Int32Array(5),
    wordOfToken: Int32Array.from([-1, 0, 0, 1, -1]),
    from: 0,
    to: 2
  }
  const pooled = (pooling: 'first' | 'last' | 'mean'): number[] => {
    const target = new Float32Array(4)
    poolWords(hidden, 0, 2, window, pooling, target, 0)
    return [...target]
  }
  expect(pooled('first')).toEqual([1, 2, 5, 5])
  expect(pooled('last')).toEqual([3, 6, 5, 5])
  expect(pooled('mean')).toEqual([2, 4, 5, 5])
})
