import { afterAll, beforeAll, expect, test } from 'vitest'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentJob } from '@shared/jobs'
import { defaultMethod } from '@shared/probeMethods'
import { runLine, setUpOf } from '@shared/probeSetUp'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import type { ProbeItems } from '../../../src/main/engine/probes/probeRunner'
import { tuneProbe } from '../../../src/main/engine/probes/tuning'
import { createServices, type Services } from '../../../src/main/engine/services'

let folder: string
let services: Services
let options: Parameters<Services['probes']['run']>[0]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-tuning-'))
  console.info(`Tuning is tested on ${(await pickBackend()).title}.`)
  services = createServices(() => undefined, join(folder, 'results'))
  const model = await services.models.open('resources/models/all-MiniLM-L6-v2', silentJob())
  const dataset = await services.datasets.open({
    paths: ['resources/datasets/ud_english-ewt/en_ewt-ud-dev.conllu.gz'],
    divideBy: 'sentence'
  })
  options = {
    modelId: model.id,
    datasetId: dataset.id,
    task: 'upos',
    trainSplit: 'train',
    testSplit: 'test',
    pool: 'first',
    layers: [2, 5],
    maxTrainWords: 800,
    maxTestWords: 300,
    control: true,
    codelength: false,
    restarts: 1,
    probe: defaultMethod('linear'),
    seed: 1,
    tune: [10, 1e-5, 0.1]
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('C is the best of those tried on held-out training sentences, and the run is the one with that C', async () => {
  const result = await services.runs.run('probe', options, silentJob())
  const { tuning, probe } = result.options
  expect(tuning!.tried.map(({ setting }) => setting.inverseRegularisation)).toEqual([1e-5, 0.1, 10])
  expect(tuning!.heldOutItems).toBeGreaterThan(0.05 * result.trainWords)
  expect(tuning!.heldOutItems).toBeLessThan(0.2 * result.trainWords)
  const means = tuning!.tried.map(({ accuracy }) => (accuracy[0]! + accuracy[1]!) / 2)
  // So strong a penalty leaves little but the class shares.
  expect(means[0]).toBeLessThan(Math.max(...means) - 0.1)
  expect(tuning!.chosen).toEqual(tuning!.tried[means.indexOf(Math.max(...means))]!.setting)
  expect(probe).toEqual({ ...defaultMethod('linear'), ...tuning!.chosen })

  const { tune: _tune, ...untuned } = options
  const plain = await services.runs.run('probe', { ...untuned, probe }, silentJob())
  expect(plain.layers).toEqual(result.layers)
})

test('what is chosen does not depend on the test part', async () => {
  const first = await services.runs.run('probe', options, silentJob())
  const other = await services.runs.run('probe', { ...options, maxTestWords: 60 }, silentJob())
  expect(other.testWords).toBeLessThan(first.testWords)
  expect(other.options.tuning).toEqual(first.options.tuning)
})

test('an MLP is the best of all combinations that were tried, whatever the test part', async () => {
  const mlp = { ...defaultMethod('mlp'), epochs: 4 }
  const tune = { hidden: [[4], [32]], weightDecay: [0, 5], dropout: [0, 0.2] }
  const request = { ...options, control: false, layers: [2], probe: mlp, tune }
  const result = await services.runs.run('probe', request, silentJob())
  const { tuning, probe } = result.options
  expect(tuning!.tried.map(({ setting }) => setting)).toEqual(
    [[4], [32]].flatMap((hidden) =>
      [0, 5].flatMap((weightDecay) => [0, 0.2].map((dropout) => ({ hidden, weightDecay, dropout })))
    )
  )
  const best = tuning!.tried.reduce((a, b) => (b.accuracy[0]! > a.accuracy[0]! ? b : a))
  expect(tuning!.chosen).toEqual(best.setting)
  // So strong a decay leaves nothing to read.
  expect(tuning!.chosen.weightDecay).toBe(0)
  expect(probe).toEqual({ ...mlp, ...best.setting })
  expect(runLine(setUpOf(result))[0]).toMatch(/^MLP (4|32)(, dropout 0\.2)?, tuned$/)
  expect(setUpOf(result)).toMatchObject({ probe: { hidden: [256], dropout: 0, weightDecay: 0, epochs: 4 }, tune })

  const { tune: _tune, ...untuned } = request
  const plain = await services.runs.run('probe', { ...untuned, probe: probe as typeof mlp }, silentJob())
  expect(plain.layers).toEqual(result.layers)
  const other = await services.runs.run('probe', { ...request, maxTestWords: 60 }, silentJob())
  expect(other.options.tuning).toEqual(tuning)
  expect((await services.probes.estimate(request)).solveSeconds).toBeGreaterThan(
    6 * (await services.probes.estimate(untuned)).solveSeconds
  )
})

test('what a probe does not have is not tuned', async () => {
  const run = (changes: object) => services.runs.run('probe', { ...options, ...changes }, silentJob())
  await expect(run({ probe: defaultMethod('mlp') })).rejects.toThrow(
    "C is an option of the linear probe, and this one is of the kind 'MLP': name what to tune instead, hidden, " +
      'dropout, learningRate, weightDecay.'
  )
  await expect(run({ probe: defaultMethod('mlp'), tune: { k: [1, 2] } })).rejects.toThrow(
    `A probe of the kind 'MLP' has no option "k" to tune; it has hidden, dropout, learningRate, weightDecay.`
  )
  await expect(run({ probe: defaultMethod('mlp'), tune: { dropout: [0, 2] } })).rejects.toThrow(
    'Dropout cannot be 2; it is a share from 0 to below 1.'
  )
  await expect(run({ tune: { penalty: ['l2'] } })).rejects.toThrow(
    'Tuning compares settings, and there is only one: give an option two or more values.'
  )
  const many = Array.from({ length: 12 }, (_, i) => i / 20)
  await expect(run({ probe: defaultMethod('mlp'), tune: { dropout: many, weightDecay: many } })).rejects.toThrow(
    'These values make 144 settings, and at most 48 are compared: give fewer.'
  )
  await expect(run({ probe: defaultMethod('structural') })).rejects.toThrow(
    'A structural probe is not tuned: leave tuning out.'
  )
  await expect(
    services.runs.run('regression', { ...options, task: 'tree.depth', control: false }, silentJob())
  ).rejects.toThrow("'Depth in the tree' is a number; only probes for classes are tuned: leave tuning out.")
})

test('a cross-validated run has one part, and predicts every item of it', async () => {
  const folds = {
    ...options,
    testSplit: 'train',
    maxTestWords: options.maxTrainWords,
    layers: [2],
    folds: 3,
    innerFolds: 2
  }
  const result = await services.runs.run('probe', { ...folds, tune: [0.01, 0.1] }, silentJob())
  expect(result.testWords).toBe(result.trainWords)
  expect(result.options.folds!.folds.reduce((sum, { testItems }) => sum + testItems, 0)).toBe(result.testWords)
  expect(result.layers[0]!.accuracy).toBeGreaterThan(result.majority.accuracy + 0.2)
  expect(result.dataCheck).toBeUndefined()
  const [method, data] = runLine(setUpOf(result))
  expect(method).toBe('linear, C tuned in each fold')
  expect(data).toMatch(/^train [\d,]+ words, 3 folds by (sentence|document)$/)
  // Rows of the pooled predictions are read like those of a test part.
  const { total } = services.probeResults.errors({
    runId: result.id,
    layer: 2,
    gold: null,
    predicted: null,
    offset: 0,
    limit: 5
  })
  expect(total).toBe(Math.round((1 - result.layers[0]!.accuracy) * result.testWords))
  const tests = await services.runs.run('tests', { runId: result.id, seed: 1 }, silentJob())
  expect(tests.best).toBe(2)

  const refused = (changes: object) => services.runs.run('probe', { ...folds, ...changes } as typeof folds, silentJob())
  await expect(refused({ testSplit: 'test' })).rejects.toThrow(
    'Cross-validation trains and tests on one part: name the same one, and the same limit, for both.'
  )
  await expect(refused({ tune: undefined })).rejects.toThrow(
    'Options are chosen on inner folds, and nothing is tuned: say what to tune, or leave them out.'
  )
  await expect(refused({ folds: undefined })).rejects.toThrow(
    'Inner folds belong to a cross-validation: give the number of folds as well.'
  )
  await expect(refused({ seeds: 2 })).rejects.toThrow(
    'Codelengths, random starts and several seeds are measured with a part to test on, not in cross-validation.'
  )
})

test('one sentence is too little to hold any out', async () => {
  const train: ProbeItems = {
    items: 2,
    classes: Int32Array.of(0, 1),
    types: ['a', 'b'],
    sentences: Int32Array.of(0, 0),
    vectors: () => Float32Array.of(1, 0, 0, 1)
  }
  await expect(
    tuneProbe(
      { layers: [0], width: 2, train, classes: ['A', 'B'] },
      defaultMethod('linear'),
      { tune: [0.1, 1] },
      1,
      silentJob()
    )
  ).rejects.toThrow(
    'Options are tuned on sentences that are held out of training, and there is only one. Train on more ' +
      'sentences, or give them one value.'
  )
})
