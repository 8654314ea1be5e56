import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultAdaptation } from '@shared/adaptMethods'
import { finetuneKind } from '../../../src/main/engine/results/kinds/finetune'
import { crossEntropy, unlabelled } from '../../../src/main/engine/training/losses'
import { batchOf } from '../../../src/main/engine/training/task/batches'
import type { Example } from '../../../src/main/engine/training/task/examples'
import { sliceBounds, slicesOfItems, weightedExamples } from '../../../src/main/engine/training/task/slices'
import { numbers, openFinetuning, type Finetuning } from './finetuning'

let finetuning: Finetuning
let run: Finetuning['run']

beforeAll(async () => {
  finetuning = await openFinetuning({ epochs: 1, maxTest: 12 })
  run = finetuning.run
})
afterAll(() => finetuning.dispose())

const sentences = [
  ['the', 'cat'],
  ['the', 'dog', 'barks'],
  ['the', 'the', 'the', 'cat', 'naps']
]
const example = (sentence: number): Example => ({
  sentence,
  ids: Int32Array.from([0, ...sentences[sentence]!.map((_, w) => w + 1)]),
  wordOfToken: Int32Array.from([-1, ...sentences[sentence]!.keys()]),
  segments: null,
  labels: [unlabelled, ...sentences[sentence]!.map((_, w) => w % 2)],
  places: [...sentences[sentence]!.keys()].map((word) => ({ word })),
  spans: null
})
const part = (...chosen: number[]) => ({ examples: chosen.map(example), wordsOf: (s: number) => sentences[s]! })

test('items are divided by length, by words of the training part, by the answers of the base and by class', () => {
  const bounds = sliceBounds(part(0, 1, 2))
  expect(bounds.lengths).toEqual([3, 4])
  expect(bounds.counts!.get('the')).toBe(5)
  expect(slicesOfItems(part(2), bounds, ['A', 'B'], [0, 0, 0, 0, 0])).toEqual([
    ['long', 'frequent', 'right', 'class:A'],
    ['long', 'frequent', 'wrong', 'class:B'],
    ['long', 'frequent', 'right', 'class:A'],
    ['long', 'rare', 'wrong', 'class:B'],
    ['long', 'rare', 'right', 'class:A']
  ])
  // Of a sentence its rarest word counts; here training has seen none of 'dog' and 'barks'.
  const whole = { ...example(1), labels: [1], places: null }
  const others = sliceBounds(part(0, 2))
  expect(slicesOfItems({ ...part(), examples: [whole] }, others, ['A', 'B'], [1])).toEqual([
    ['middle', 'unseen', 'right', 'class:B']
  ])
})

test('items of several slices weigh the product, and rows of a batch as their items', () => {
  const slices = [['long', 'wrong'], ['long'], ['right'], ['long', 'rare'], []]
  const weights = new Map([
    ['long', 2],
    ['wrong', 3]
  ])
  const [long] = weightedExamples([example(2)], slices, weights)
  expect(long!.weights).toEqual([1, 6, 2, 1, 2, 1])
  const batch = batchOf([long!, example(0)], 'task', true)
  expect(batch.weights!['task']).toEqual([1, 6, 2, 1, 2, 1, ...[1, 1, 1, 1, 1, 1]])
})

test('the loss is the mean by weights: of a class, as with class weights', () => {
  const scores = tf.tensor2d([1, 0, 0.5, 2, -1, 0.3], [3, 2])
  const labels = [0, unlabelled, 1]
  const loss = (...weights: [number[]?, number[]?]): number => crossEntropy(scores, labels, ...weights).dataSync()[0]!
  expect(loss(undefined, [3, 9, 1])).toBeCloseTo(loss([3, 1]), 6)
  // -(3 log 0.731059 + log 0.785835) / 4
  expect(loss(undefined, [3, 9, 1])).toBeCloseTo(-(3 * Math.log(0.7310586) + Math.log(0.785835)) / 4, 5)
  expect(loss(undefined, [1, 1, 1])).toBeCloseTo(loss(), 6)
})

test('a result is divided by slices, which leave the training as it is', { timeout: 60_000 }, async () => {
  const plain = await run()
  const result = await run({ slices: {} })
  expect(numbers(result)).toEqual(numbers(plain))
  const { predictions, classes, testItems, score } = result
  const of = (ids: string[]) => result.slices!.filter(({ id }) => ids.includes(id))
  for (const ids of [
    ['short', 'middle', 'long'],
    ['unseen', 'rare', 'frequent'],
    ['wrong', 'right']
  ]) {
    expect(of(ids).reduce((sum, { items }) => sum + items, 0)).toBe(testItems)
    expect(of(ids).reduce((sum, { items, adapted }) => sum + items * adapted, 0)).toBeCloseTo(score * testItems, 6)
  }
  const nouns = predictions.filter(({ gold }) => classes[gold] === 'NOUN')
  const right = nouns.filter(({ gold, predicted }) => gold === predicted).length
  const [noun] = of(['class:NOUN'])
  expect(noun).toMatchObject({ title: 'NOUN', items: nouns.length, weight: 1, adapted: right / nouns.length })
  expect(noun!.test!.difference).toBeCloseTo(noun!.adapted - noun!.base, 10)
  expect(of(['wrong', 'right']).map(({ base, test: tested }) => [base, tested])).toEqual([
    [0, null],
    [1, null]
  ])
  const { columns, rows } = finetuneKind.rows!(result)
  const ofSlices = rows.filter((row) => row[columns.indexOf('slice')] !== null)
  expect(ofSlices).toHaveLength(result.slices!.length)
  expect(finetuneKind.cites(result, finetuning.services.results.listed(result.id))).not.toContain('chen2019slices')
})

test('weights of slices change what is learned, under feature extraction as well', { timeout: 60_000 }, async () => {
  const weights = [
    { slice: 'wrong', weight: 3 },
    { slice: 'class:NOUN', weight: 2 }
  ]
  for (const kind of ['full', 'features'] as const) {
    const method = defaultAdaptation(kind)
    const [plain, weighted] = [await run({ method }), await run({ method, slices: { weights } })]
    expect(weighted.steps[0]!.loss).not.toBe(plain.steps[0]!.loss)
    expect(weighted.slices!.find(({ id }) => id === 'wrong')).toMatchObject({ weight: 3 })
  }
  // Where all weigh alike, it is the plain mean.
  const even = await run({ slices: { weights: ['short', 'middle', 'long'].map((slice) => ({ slice, weight: 2 })) } })
  const plain = await run()
  even.steps.forEach(({ loss }, i) => expect(loss).toBeCloseTo(plain.steps[i]!.loss, 4))
})

test('what has no slices is refused', async () => {
  const weights = [{ slice: 'class:NONE', weight: 2 }]
  await expect(run({ slices: { weights } })).rejects.toThrow(
    "'Universal part of speech' has no class 'NONE' to weigh; it has "
  )
  await expect(run({ slices: { weights: [{ slice: 'unseen', weight: 2 }] } })).rejects.toThrow('Expected short, middle')
})
