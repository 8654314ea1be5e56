import { afterAll, beforeAll, expect, test } from 'vitest'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentJob } from '@shared/jobs'
import { defaultMethod } from '@shared/probeMethods'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import type { ProbeItems } from '../../../src/main/engine/probes/probeRunner'
import { tuneRegularisation } from '../../../src/main/engine/probes/tuning'
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
  expect(tuning!.tried.map(({ value }) => value)).toEqual([1e-5, 0.1, 10])
  expect(tuning!.heldOutItems).toBeGreaterThan(0.05 * result.trainWords)
  expect(tuning!.heldOutItems).toBeLessThan(0.2 * result.trainWords)
  const means = tuning!.tried.map(({ accuracy }) => (accuracy[0]! + accuracy[1]!) / 2)
  // So strong a penalty leaves little but the class shares.
  expect(means[0]).toBeLessThan(Math.max(...means) - 0.1)
  expect(tuning!.chosen).toBe(tuning!.tried[means.indexOf(Math.max(...means))]!.value)
  expect(probe).toEqual({ ...defaultMethod('linear'), inverseRegularisation: tuning!.chosen })

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

test('a probe without C is not tuned', async () => {
  await expect(
    services.runs.run('probe', { ...options, probe: { ...defaultMethod('mlp') } }, silentJob())
  ).rejects.toThrow("Only the C of the linear probe is tuned, and this one is of the kind 'MLP': leave tuning out.")
  await expect(
    services.runs.run('probe', { ...options, probe: defaultMethod('structural') }, silentJob())
  ).rejects.toThrow('Only the C of the linear probe is tuned; the structural probe has none: turn tuning off.')
  await expect(
    services.runs.run('regression', { ...options, task: 'tree.depth', control: false }, silentJob())
  ).rejects.toThrow("'Depth in the tree' is a number; only the C of a probe for classes is tuned: turn tuning off.")
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
    tuneRegularisation(
      { layers: [0], width: 2, train, classes: ['A', 'B'], job: silentJob() },
      defaultMethod('linear'),
      [0.1, 1],
      1,
      silentJob()
    )
  ).rejects.toThrow(
    'C is tuned on sentences that are held out of training, and there is only one. Train on more sentences, or give C one value.'
  )
})
