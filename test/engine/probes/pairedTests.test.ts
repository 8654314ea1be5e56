import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { correctedTogether, holm } from '@shared/pairedTest'
import { seededRandom } from '@shared/random'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { pairedTests } from '../../../src/main/engine/probes/scores/pairedTests'
import { permutations } from '../../../src/main/engine/probes/scores/maxT'

beforeAll(async () => {
  console.info(`Paired tests are tested on ${(await pickBackend()).title}.`)
})

const sentences = 200
const length = 10
const random = seededRandom(3)
const gold = new Int32Array(sentences * length)
const sentenceOf = gold.map((_, i) => Math.floor(i / length))
/** Hard sentences are hard for every model. */
const hard = Float64Array.from({ length: sentences }, () => (random.next() < 0.3 ? 0.5 : 0.05))
const rightBy = (extra: number) =>
  Int8Array.from(gold, (_, i) => (random.next() < hard[sentenceOf[i]!]! + extra ? 0 : 1))
const a = rightBy(0)
const b = rightBy(0.05)
const ahead = a.map((right, i) => right - b[i]!)
const accuracy = (right: Int8Array): number => right.reduce((sum, one) => sum + one, 0) / right.length
const tested = async (comparisons: readonly Int8Array[], seed = 1, of: ArrayLike<number> = sentenceOf) =>
  pairedTests(of, comparisons as readonly Int8Array<ArrayBuffer>[], seed, silentJob())

test('the difference is that of the accuracies, and its interval holds it', async () => {
  const [{ difference, interval, words, sentences: drawn }] = (await tested([ahead])) as [
    Awaited<ReturnType<typeof tested>>[number]
  ]
  expect(difference).toBeCloseTo(accuracy(a) - accuracy(b), 12)
  expect([words, drawn]).toEqual([2000, 200])
  expect(interval![0]).toBeLessThan(difference)
  expect(interval![1]).toBeGreaterThan(difference)
})

test('what is hard for both cancels out: the interval is as wide as differences by sentence are', async () => {
  const [{ interval }] = (await tested([ahead])) as [Awaited<ReturnType<typeof tested>>[number]]
  // Sentences are equally long, so that the mean of their differences has a standard error by the textbook.
  const bySentence = Array.from(
    { length: sentences },
    (_, s) => ahead.subarray(s * length, (s + 1) * length).reduce((sum, one) => sum + one, 0) / length
  )
  const mean = bySentence.reduce((sum, value) => sum + value, 0) / sentences
  const error = Math.sqrt(bySentence.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sentences / sentences)
  expect((interval![1] - interval![0]) / (2 * 1.96 * error)).toBeGreaterThan(0.9)
  expect((interval![1] - interval![0]) / (2 * 1.96 * error)).toBeLessThan(1.1)
})

test('it is the same for the same seed, the opposite the other way round, and nothing for one model', async () => {
  const back = ahead.map((value) => -value)
  const [there, opposite, same] = await tested([ahead, back, new Int8Array(ahead.length)], 5)
  expect((await tested([ahead, back, new Int8Array(ahead.length)], 5))[0]).toEqual(there)
  expect(opposite!.difference).toBeCloseTo(-there!.difference, 12)
  expect(opposite!.interval![0]).toBeCloseTo(-there!.interval![1], 6)
  expect(opposite!.p).toBe(there!.p)
  expect(same).toMatchObject({ difference: 0, interval: [0, 0], p: 1, corrected: 1 })
})

test('with few sentences p is exact: three sentences ahead by one are so in 2 of 8 exchanges', async () => {
  // Worked by hand: only all signs kept or all turned reach |3|.
  const [one] = await tested([Int8Array.from([1, 0, 1, 0, 1, 0])], 1, [0, 0, 1, 1, 2, 2])
  expect(one!.p).toBe(0.25)
  // Sums by sentence 2 and -1: |1| is reached by all four exchanges.
  expect((await tested([Int8Array.from([1, 1, -1, 0])], 1, [0, 0, 1, 1]))[0]!.p).toBe(1)
  // Sums 2, 1, 1, and a sentence without a difference: |4| by 2 of 8, |2| or more by those and the four with one of the
  // ones turned.
  expect((await tested([Int8Array.from([1, 1, 1, 1, 0])], 1, [0, 0, 1, 2, 3]))[0]!.p).toBe(0.25)
})

test('a word in the same sentence counts with it, not by itself', async () => {
  const words = Int8Array.from({ length: 12 }, () => 1)
  expect(
    (
      await tested(
        [words],
        1,
        words.map((_, i) => i)
      )
    )[0]!.p
  ).toBe(2 / 4096)
  expect(
    (
      await tested(
        [words],
        1,
        words.map((_, i) => Math.floor(i / 6))
      )
    )[0]!.p
  ).toBe(0.5)
})

interface Reference {
  cases: { name: string; sentenceOf: number[]; ahead: number[]; p: number; exact: boolean }[]
  holm: { p: number[]; corrected: number[] }[]
}

test('p-values are those of SciPy: equal where all exchanges are tried, within sampling where they are drawn', async () => {
  const { cases } = JSON.parse(readFileSync('test/fixtures/compare/paired.json', 'utf8')) as Reference
  for (const one of cases) {
    const [ours] = await tested([Int8Array.from(one.ahead)], 1, one.sentenceOf)
    // Both are estimates by 9,999 draws: five standard errors of their difference.
    const tolerance = one.exact ? 1e-12 : 5 * Math.sqrt((2 * one.p * (1 - one.p)) / permutations)
    expect(Math.abs(ours!.p - one.p), one.name).toBeLessThanOrEqual(tolerance)
  }
})

test("a corrected p-value is the least level at which Holm's procedure rejects", () => {
  const { holm: references } = JSON.parse(readFileSync('test/fixtures/compare/paired.json', 'utf8')) as Reference
  for (const { p, corrected } of references) holm(p).forEach((value, i) => expect(value).toBeCloseTo(corrected[i]!, 12))
  const theirs = JSON.parse(readFileSync('test/fixtures/compare/holm.json', 'utf8')) as Reference['holm']
  // statsmodels' multipletests.
  for (const { p, corrected } of theirs) holm(p).forEach((value, i) => expect(value).toBeCloseTo(corrected[i]!, 12))
  // Worked by hand: 3 x 0.01, 2 x 0.02, and 0.03 lifted to what stands before it.
  expect(holm([0.02, 0.01, 0.03])).toEqual([0.04, 0.03, 0.04])
  expect(holm([])).toEqual([])
})

test('tests made together are corrected together', async () => {
  const found = await tested([ahead, new Int8Array(ahead.length)])
  expect(found[0]!.corrected).toBeCloseTo(2 * found[0]!.p, 12)
  expect(correctedTogether(found)).toEqual(found)
})

test('nothing to test gives nothing', async () => {
  expect(await tested([])).toEqual([])
  expect((await tested([new Int8Array(0)], 1, []))[0]!.difference).toBeNaN()
})
