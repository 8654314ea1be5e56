import * as v from 'valibot'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultAdaptation } from '@shared/adaptMethods'
import { finetuneOptions } from '@shared/finetuneRequests'
import { JobCancelled, silentJob } from '@shared/jobs'
import { finetuneKind } from '../../../src/main/engine/results/kinds/finetune'
import { probeSeed } from '../../../src/main/engine/training/task/probesAlong'
import { cancelledAfter, numbers, openFinetuning, type FinetuneCall, type Finetuning } from './finetuning'

let services: Finetuning['services']
let request: FinetuneCall
let run: Finetuning['run']
let dispose: Finetuning['dispose']

const probes = {
  tasks: ['upos', 'sentence.length'],
  trainSplit: 'train',
  testSplit: 'test',
  maxTrainWords: 400,
  maxTestWords: 300
}

/** One task is enough where nothing depends on which. */
const change = { probes: { ...probes, tasks: ['upos'] } }

beforeAll(async () => {
  ;({ services, request, run, dispose } = await openFinetuning({ task: 'deprel', learningRate: 3e-3 }))
})
afterAll(() => dispose())

/** What `layerscope probe` finds on the same words. */
async function probed(modelId: string, task: string): Promise<number[]> {
  const { datasetId } = request
  const { maxTrainWords, maxTestWords, trainSplit, testSplit } = probes
  const limits = { maxTrainWords, maxTestWords, draw: probeSeed }
  const { layers } = await services.runs.run(
    'probe',
    {
      modelId,
      datasetId,
      task,
      trainSplit,
      testSplit,
      ...limits,
      pool: 'first',
      layers: null,
      probe: { kind: 'linear' },
      control: false,
      seed: probeSeed
    },
    silentJob()
  )
  return layers.map(({ accuracy }) => accuracy)
}

test('probes along the way are those of the models stored there', { timeout: 120_000 }, async () => {
  const result = await run({ probes, save: true, checkpoints: 2 })
  expect(result.probes!.map(({ task }) => task.id)).toEqual(probes.tasks)
  const [upos] = result.probes!
  // Relations follow from parts of speech in part, and hardly from the length of the sentence.
  const [ofUpos, ofLength] = result.probes!.map(({ similarity }) => similarity!)
  expect(ofUpos).toBeGreaterThan(0.4)
  expect(ofUpos).toBeLessThan(0.9)
  expect(ofLength).toBeLessThan(0.1)
  // Three updates are an epoch; models are stored every second one.
  expect(upos!.points.map(({ step, epoch }) => [step, epoch])).toEqual([
    [0, 0],
    [2, null],
    [3, 1],
    [4, null],
    [6, 2]
  ])
  for (const { task, points, testItems } of result.probes!) {
    const models = new Map([[0, request.modelId]])
    for (const { step, folder } of result.checkpoints!)
      models.set(step, (await services.models.open(folder, silentJob())).id)
    for (const { step, layers } of points) {
      const modelId = models.get(step)
      if (modelId === undefined) continue
      const reference = await probed(modelId, task.id)
      // Word vectors on disk have half the precision: an answer or two may differ.
      layers.forEach(({ accuracy }, l) =>
        expect(Math.abs(accuracy - reference[l]!)).toBeLessThanOrEqual(2.01 / testItems)
      )
    }
    const [before, ...after] = points
    expect(before!.layers.every(({ change }) => change === null)).toBe(true)
    for (const { layers } of after)
      layers.forEach(({ accuracy, change }, l) => {
        expect(change!.difference).toBeCloseTo(accuracy - before!.layers[l]!.accuracy, 10)
        expect(change!.words).toBe(testItems)
      })
  }
  // The task has changed the layers.
  expect(upos!.points.at(-1)!.layers.some(({ change }) => change!.difference !== 0)).toBe(true)
})

test('they leave the training as it is, and a killed run ends as an undisturbed one', async () => {
  const plain = await run()
  await expect(run(change, cancelledAfter(4))).rejects.toThrow(JobCancelled)
  const resumed = await run(change)
  expect(numbers(resumed)).toEqual(numbers(plain))
  const fresh = await run({ ...change, fresh: true })
  expect(resumed.probes).toEqual(fresh.probes)
  expect(fresh.probes![0]!.points.map(({ step }) => step)).toEqual([0, 3, 6])
})

test('they are in the table and the methods paragraph of the result', async () => {
  const result = await run(change)
  const { columns, rows } = finetuneKind.rows!(result)
  const at = (name: string): number => columns.indexOf(name)
  const ofUpos = rows.filter((row) => row[at('probed')] === 'upos')
  const layers = result.model.layers + 1
  expect(ofUpos).toHaveLength(3 * layers)
  const last = result.probes![0]!.points[2]!.layers[layers - 1]!
  const row = ofUpos.at(-1)!
  expect(['update', 'epoch', 'layer', 'accuracy', 'change', 'p'].map((name) => row[at(name)])).toEqual([
    6,
    2,
    layers - 1,
    last.accuracy,
    last.change!.difference,
    last.change!.p
  ])
  expect(rows.every((cells) => cells.length === columns.length)).toBe(true)
  const listed = services.results.listed(result.id)
  expect(finetuneKind.methods(result, listed)).toContain(
    'linear probes [alainBengio2017] of Universal part of speech were trained'
  )
  expect(finetuneKind.cites(result, listed)).toContain('alainBengio2017')
})

test('what cannot be probed along the way is refused', async () => {
  await expect(run({ probes, method: defaultAdaptation('features') })).rejects.toThrow(
    'Feature extraction leaves the model as it is, so probes of other labels stay as they are.'
  )
  await expect(run({ probes: { ...probes, testSplit: 'train' } })).rejects.toThrow(
    "'train' is used both for training and for testing the probes along the way"
  )
  await expect(run({ probes: { ...probes, tasks: ['depth'] } })).rejects.toThrow()
})

test('the estimate counts them', async () => {
  const { finetunes } = services
  const plain = await finetunes.estimate(v.parse(finetuneOptions, request))
  const along = await finetunes.estimate(v.parse(finetuneOptions, { ...request, probes }))
  expect(along.seconds).toBeGreaterThan(plain.seconds)
  expect(along.memoryBytes).toBeGreaterThan(plain.memoryBytes)
})
