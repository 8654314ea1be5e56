import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultAdaptation } from '@shared/adaptMethods'
import { finetuneOptions } from '@shared/finetuneRequests'
import { JobCancelled } from '@shared/jobs'
import { finetuneKind } from '../../../src/main/engine/results/kinds/finetune'
import { unlabelled } from '../../../src/main/engine/training/losses'
import { confidentLabels, relabelled } from '../../../src/main/engine/training/task/selfTraining'
import { cancelledAfter, numbers, openFinetuning, type FinetuneCall, type Finetuning } from './finetuning'

let finetuning: Finetuning
let request: FinetuneCall
let sentences: string[]

const splitNames = ['train', 'dev', 'test', 'further', 'frequent']

/** Every class in so many words that the order of the classes, by frequency, is the same in all data sets. */
function frequentWords(): string[] {
  const tags = new Set(
    sentences
      .join('\n')
      .match(/^\d+(\t[^\t]*){3}/gm)!
      .map((line) => line.split('\t')[3]!)
  )
  return [...tags].flatMap((tag, i) => {
    const words = Array.from({ length: 50 }, (_, w) => `${w + 1}\tx\tx\t${tag}\t_\t_\t0\troot\t_\t_`)
    return Array.from({ length: 20 * (i + 1) }, () => words.join('\n'))
  })
}

/** A data set with these parts. @param train its training sentences */
async function dataOf(name: string, train: readonly string[]): Promise<string> {
  const parts = [train, sentences.slice(12, 18), sentences.slice(18, 26), sentences.slice(26, 40), frequentWords()]
  const paths = parts.map((part, i) => {
    const path = join(finetuning.folder, `${name}-${splitNames[i]!}.conllu`)
    writeFileSync(path, part.map((sentence) => `${sentence}\n\n`).join(''))
    return path
  })
  return (await finetuning.services.datasets.open({ paths, splitNames })).id
}

beforeAll(async () => {
  finetuning = await openFinetuning({
    heldOutSplit: 'dev',
    learningRate: 1e-3,
    batch: 4,
    maxTrain: null,
    maxTest: null
  })
  sentences = readFileSync('test/fixtures/datasets/pud/en_pud.conllu', 'utf8').trim().split(/\n\n+/)
  request = { ...finetuning.request, datasetId: await dataOf('labelled', sentences.slice(0, 12)) }
})
afterAll(() => finetuning.dispose())

const run: Finetuning['run'] = (change, job) => finetuning.run({ datasetId: request.datasetId, ...change }, job)

test('items whose class has a probability above the threshold are labelled with it', () => {
  const scores = Float32Array.of(0, 0, Math.log(9), 0, 0, Math.log(3), 5, 0)
  const evaluation = { scores, outputs: 2, gold: new Float64Array(4) }
  // Probabilities 1/2, 9/10, 3/4 and 0.993.
  expect(confidentLabels(evaluation, 0.7)).toEqual([unlabelled, 0, 1, 0])
  expect(confidentLabels(evaluation, 0.8)).toEqual([unlabelled, 0, unlabelled, 0])
  const example = { ids: Int32Array.of(1, 2), wordOfToken: Int32Array.of(0, 1), segments: null, spans: null }
  const examples = [
    { ...example, sentence: 0, labels: [0, unlabelled], places: [{ word: 0 }] },
    { ...example, sentence: 1, labels: [0, 0], places: [{ word: 0 }, { word: 1 }] },
    { ...example, sentence: 2, labels: [0], places: null }
  ]
  expect(relabelled(examples, [unlabelled, unlabelled, 7, 3])).toEqual([
    { ...examples[1], labels: [unlabelled, 7], places: [{ word: 1 }] },
    { ...examples[2], labels: [3] }
  ])
  expect(relabelled(examples, [])).toEqual([])
})

test('a round is the training on the labelled part and the confident predictions', { timeout: 300_000 }, async () => {
  // By hand: the predictions of a plain run are written into a file, and that is trained on.
  const plain = await run({ testSplit: 'further' })
  const data = finetuning.services.results.tensors(plain.id, ['scores'])[0]!.data
  const outputs = plain.classes.length
  const confidences = plain.predictions.map((_, item) => {
    const row = Array.from(data.subarray(item * outputs, (item + 1) * outputs), Math.exp)
    return Math.max(...row) / row.reduce((a, b) => a + b)
  })
  const threshold = 0.5 * (Math.min(...confidences) + Math.max(...confidences))
  const added = confidences.filter((confidence) => confidence > threshold).length
  expect(added).toBeGreaterThan(10)
  expect(added).toBeLessThan(confidences.length - 10)
  let item = 0
  const predicted = sentences.slice(26, 40).map((sentence) =>
    sentence.replace(/^(\d+\t[^\t]*\t[^\t]*\t)[^\t]*/gm, (_, before: string) => {
      const isAdded = confidences[item]! > threshold
      return before + (isAdded ? plain.classes[plain.predictions[item++]!.predicted]! : (item++, '_'))
    })
  )
  expect(item).toBe(confidences.length)
  const byHand = await run({ datasetId: await dataOf('by-hand', [...sentences.slice(0, 12), ...predicted]) })
  expect(byHand.classes).toEqual(plain.classes)

  const selfTrained = await run({ selfTraining: { split: 'further', threshold, rounds: 1 } })
  expect({ ...numbers(selfTrained), selfTraining: undefined }).toEqual(numbers(byHand))
  expect(selfTrained.trainItems).toBe(plain.trainItems)
  const { unlabelled: items, rounds, settled } = selfTrained.selfTraining!
  expect(items).toBe(confidences.length)
  expect(settled).toBe(false)
  expect(rounds.map((round) => round.added)).toEqual([0, added])
  expect(rounds[0]!.epochs.map(({ heldOutLoss }) => heldOutLoss)).toEqual(
    plain.epochs.map(({ heldOutLoss }) => heldOutLoss)
  )
  const { columns, rows } = finetuneKind.rows!(selfTrained)
  expect(columns.slice(-2)).toEqual(['round', 'added'])
  expect(rows.map((row) => row.slice(-2))).toEqual(
    [0, 1].flatMap((round) => plain.epochs.map(() => [round, round * added]))
  )
  expect(finetuneKind.methods(selfTrained, finetuning.services.results.listed(selfTrained.id))).toContain(
    `It was trained again from the base once, with ${added} of them added.`
  )
})

test('a run that was killed in a round ends as an undisturbed one', { timeout: 300_000 }, async () => {
  const change = { selfTraining: { split: 'further', threshold: 0.3, rounds: 2 }, seed: 2 }
  // The first training has 6 updates; the second is in its second epoch or at the end of its first.
  await expect(run(change, cancelledAfter(11))).rejects.toThrow(JobCancelled)
  const states = join(finetuning.folder, 'cache', 'training')
  const [state] = readdirSync(states)
  expect(existsSync(join(states, state!, 'rounds.json'))).toBe(true)
  expect(readdirSync(join(states, state!))).not.toContain('round-0')
  const resumed = await run(change)
  expect(readdirSync(states)).toEqual([])
  const fresh = await run({ ...change, fresh: true })
  expect(numbers(resumed)).toEqual(numbers(fresh))
  expect(fresh.selfTraining!.rounds.length).toBeGreaterThan(1)
})

test('it ends where nothing is confident, and the model of the first round is kept', async () => {
  const result = await run({ selfTraining: { split: 'further', threshold: 0.999999, rounds: 5 } })
  expect(result.selfTraining).toMatchObject({ settled: true, rounds: [{ round: 0, added: 0 }] })
  expect({ ...numbers(result), selfTraining: undefined }).toEqual(numbers(await run()))
})

test.each(['full', 'features'] as const)('sentences are labelled and added under %s', async (kind) => {
  const selfTraining = { split: 'further', threshold: 0.1, rounds: 1 }
  const result = await run({ task: 'sentence.length', method: defaultAdaptation(kind), selfTraining })
  expect(result.selfTraining!.unlabelled).toBe(14)
  expect(result.selfTraining!.rounds[1]!.added).toBeGreaterThan(0)
  expect(result.testItems).toBe(result.testSentences)
})

test('the cost is that of all rounds, and what does not fit is refused', async () => {
  const [plain, rounds] = await Promise.all(
    [{}, { selfTraining: { split: 'further' } }].map((change) =>
      finetuning.services.finetunes.estimate(v.parse(finetuneOptions, { ...request, ...change }))
    )
  )
  expect(rounds!.selfTraining).toEqual({ rounds: 3, sentences: 14 })
  // Epochs of 12 sentences, and of 26.
  expect([plain!.steps, rounds!.steps]).toEqual([6, 6 + 3 * 14])
  expect(rounds!.seconds).toBeGreaterThan(4 * plain!.seconds)
  const selfTraining = { split: 'further' }
  await expect(run({ selfTraining, updates: 3 })).rejects.toThrow('Self-training trains several times')
  await expect(run({ selfTraining: { split: 'test' } })).rejects.toThrow("'test' is the part to test on")
})
