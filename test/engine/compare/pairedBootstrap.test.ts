import { expect, test } from 'vitest'
import { seededRandom } from '@shared/random'
import { pairedDifference } from '../../../src/main/engine/compare/pairedBootstrap'

const sentences = 200
const length = 10
const random = seededRandom(3)
const gold = new Int32Array(sentences * length)
const sentenceOf = gold.map((_, i) => Math.floor(i / length))
/** 0 is right; hard sentences are hard for every model. */
const hard = Float64Array.from({ length: sentences }, () => (random.next() < 0.3 ? 0.5 : 0.05))
const wrongBy = (extra: number) => gold.map((_, i) => (random.next() < hard[sentenceOf[i]!]! + extra ? 1 : 0))
const a = wrongBy(0)
const b = wrongBy(0.05)
const accuracy = (answers: Int32Array): number => answers.reduce((sum, answer) => sum + Number(answer === 0), 0) / answers.length

test('the difference is that of the accuracies, and its interval holds it', () => {
  const { difference, interval, words, sentences: drawn } = pairedDifference(gold, a, b, sentenceOf, 1)
  expect(difference).toBeCloseTo(accuracy(a) - accuracy(b), 12)
  expect([words, drawn]).toEqual([2000, 200])
  expect(interval[0]).toBeLessThan(difference)
  expect(interval[1]).toBeGreaterThan(difference)
})

test('what is hard for both cancels out: the interval is as wide as differences by sentence are', () => {
  const { interval } = pairedDifference(gold, a, b, sentenceOf, 1)
  // Sentences are equally long, so that the mean of their differences has a standard error by the textbook.
  const bySentence = Array.from({ length: sentences }, (_, s) => accuracy(a.subarray(s * length, (s + 1) * length)) - accuracy(b.subarray(s * length, (s + 1) * length)))
  const mean = bySentence.reduce((sum, value) => sum + value, 0) / sentences
  const error = Math.sqrt(bySentence.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sentences / sentences)
  expect((interval[1] - interval[0]) / (2 * 1.96 * error)).toBeGreaterThan(0.9)
  expect((interval[1] - interval[0]) / (2 * 1.96 * error)).toBeLessThan(1.1)
})

test('it is the same for the same seed, the opposite the other way round, and nothing for one model', () => {
  const there = pairedDifference(gold, a, b, sentenceOf, 5)
  const back = pairedDifference(gold, b, a, sentenceOf, 5)
  expect(pairedDifference(gold, a, b, sentenceOf, 5)).toEqual(there)
  expect(back.difference).toBeCloseTo(-there.difference, 12)
  expect(back.interval[0]).toBeCloseTo(-there.interval[1], 12)
  expect(pairedDifference(gold, a, a, sentenceOf, 5)).toMatchObject({ difference: 0, interval: [0, 0] })
})

test('items that one of them left out count for neither', () => {
  const some = a.map((answer, i) => (i < 1000 ? -1 : answer))
  expect(pairedDifference(gold, some, b, sentenceOf, 1)).toMatchObject({ words: 1000, sentences: 100 })
  expect(pairedDifference(gold, gold.map(() => -1), b, sentenceOf, 1).difference).toBeNaN()
})
