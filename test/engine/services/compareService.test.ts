import { defaultMethod } from '@shared/probeMethods'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { twinSeed } from '@shared/model'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { createServices, type Services } from '../../../src/main/engine/services'

const words = 300
let folder: string
let services: Services
let encoder: string
let decoder: string
let datasetId: string
const before = process.env.LAYERSCOPE_CACHE

/** Bundled models over the first words of bundled data: the path the window takes. */
beforeAll(async () => {
  console.info(`Comparing is tested on ${(await pickBackend()).title}.`)
  folder = mkdtempSync(join(tmpdir(), 'layerscope-compare-'))
  // Word vectors of the test, not the person's.
  process.env.LAYERSCOPE_CACHE = folder
  services = createServices(() => undefined, join(folder, 'probes'))
  encoder = (await services.models.open('resources/models/all-MiniLM-L6-v2', silentJob())).id
  decoder = (await services.models.open('resources/models/gpt2-ud-tiny', silentJob())).id
  datasetId = (await services.datasets.open({ paths: ['resources/datasets/ud_english-ewt'] })).id
})
afterAll(() => {
  if (before === undefined) delete process.env.LAYERSCOPE_CACHE
  else process.env.LAYERSCOPE_CACHE = before
  rmSync(folder, { recursive: true, force: true })
})

const request = () => ({
  modelA: encoder,
  modelB: decoder,
  datasetId,
  split: 'dev',
  pool: 'mean' as const,
  maxWords: words,
  estimator: 'debiased' as const,
  sample: 200,
  seed: 1
})

test('layers of an encoder and a decoder are compared over words that both have, drawn by the seed', async () => {
  const result = await services.compare.cka(request(), silentJob())
  expect(result.values.shape).toEqual([7, 5])
  expect(result).toMatchObject({
    words: 200,
    estimator: 'debiased',
    modelA: { name: 'all-MiniLM-L6-v2' },
    modelB: { name: 'gpt2-ud-tiny', layers: 4 },
    dataset: { split: 'dev' }
  })
  expect(result.available).toBeGreaterThanOrEqual(words)
  for (const value of result.values.data) expect(Math.abs(value)).toBeLessThanOrEqual(1)
  // Kept by its key; another seed is another comparison.
  expect(await services.compare.cka(request(), silentJob())).toBe(result)
  expect(await services.compare.cka({ ...request(), seed: 2 }, silentJob())).not.toBe(result)
  const back = await services.compare.cka({ ...request(), modelA: decoder, modelB: encoder }, silentJob())
  expect(
    Math.max(
      ...result.values.data.map((value, at) => Math.abs(value - back.values.data[(at % 5) * 7 + Math.floor(at / 5)]!))
    )
  ).toBeLessThan(1e-5)
  expect(await services.compare.estimate(request())).toMatchObject({ cached: true, seconds: 0, diskBytes: 0 })
})

test('a model with itself has ones on the diagonal, and all words are taken where no sample is wanted', async () => {
  const result = await services.compare.cka({ ...request(), modelB: encoder, sample: null }, silentJob())
  expect(result.words).toBe(result.available)
  for (let i = 0; i < 7; i++) expect(result.values.data[i * 7 + i]).toBe(1)
})

test('facts count subwords and memory, speed is measured on the same words', async () => {
  const text = { datasetId, split: 'dev', maxWords: words }
  const [one, other] = [
    await services.compare.facts({ ...text, modelId: encoder }),
    await services.compare.facts({ ...text, modelId: decoder })
  ]
  expect(one.words).toBe(other.words)
  for (const facts of [one, other])
    expect(facts.subwords - facts.words + facts.missingWords).toBeGreaterThanOrEqual(facts.splitWords)
  // Matrices are held as they are stored or as 32-bit numbers, and nothing is held that the checkpoint lacks.
  const { parameters, memory } = services.models.info(decoder)
  const held = (memory.kept ? 2 : 4) * parameters
  expect(other.memoryBytes).toBeGreaterThanOrEqual(held)
  expect(other.memoryBytes).toBeLessThan(1.05 * held)
  const speed = await services.compare.speed({ ...text, modelId: decoder }, silentJob())
  expect(speed).toMatchObject({ words: one.words, modelId: decoder })
  expect(speed.subwords).toBeGreaterThanOrEqual(other.subwords)
  expect(speed.wordsPerSecond * speed.seconds).toBeCloseTo(speed.words, 5)
})

const options = () => ({
  modelId: encoder,
  datasetId,
  task: 'upos',
  trainSplit: 'dev',
  testSplit: 'test',
  pool: 'mean' as const,
  layers: [0, 1],
  maxTrainWords: words,
  maxTestWords: words,
  control: true,
  codelength: false,
  restarts: 1,
  probe: defaultMethod('linear'),
  seed: 1
})

test('probes on the same words differ by the difference of their accuracies; others are refused', async () => {
  const one = await services.runs.run('probe', { ...options(), control: false }, silentJob())
  const other = await services.runs.run('probe', { ...options(), control: false, modelId: decoder }, silentJob())
  const pair = { a: { runId: one.id, layer: 1 }, b: { runId: other.id, layer: 0 } }
  const {
    tests: [found, again]
  } = await services.compare.differences([pair, pair], 1, silentJob())
  expect(found!.difference).toBeCloseTo(one.layers[1]!.accuracy - other.layers[0]!.accuracy, 6)
  expect(found!.words).toBe(one.testWords)
  expect(again!.corrected).toBeCloseTo(Math.min(1, 2 * found!.p), 12)
  const fewer = await services.runs.run(
    'probe',
    { ...options(), control: false, modelId: decoder, layers: [0], maxTestWords: 100 },
    silentJob()
  )
  await expect(
    services.compare.differences([{ a: { runId: one.id, layer: 1 }, b: { runId: fewer.id, layer: 0 } }], 1, silentJob())
  ).rejects.toThrow('The two probing runs were not tested on the same words and labels; run both with equal settings.')
  await expect(
    services.compare.differences([{ a: { runId: one.id, layer: 5 }, b: { runId: one.id, layer: 0 } }], 1, silentJob())
  ).rejects.toThrow('Layer 5 was not part of this run; it probed 0, 1.')
})

test('layers are held against the best one and against every control, the twin among them once it was probed', async () => {
  const result = await services.runs.run('probe', { ...options(), conditional: true }, silentJob())
  const before = await services.compare.tests(result.id, 1, silentJob())
  expect(before).toMatchObject({ runId: result.id, twinRunId: null, twin: [], missing: ['twin'] })
  const best = result.layers.reduce((a, b) => (b.accuracy > a.accuracy ? b : a))
  const lower = result.layers.find((layer) => layer !== best)!
  expect(before.best).toBe(best.layer)
  expect(before.againstBest).toHaveLength(1)
  expect(before.againstBest[0]!.difference).toBeCloseTo(lower.accuracy - best.accuracy, 12)
  const of = (control: string, layer = 1) =>
    before.controls.find((test) => test.layer === layer && test.control === control)!.difference
  const [first, second] = result.layers
  expect(of('majority')).toBeCloseTo(second!.accuracy - result.majority.accuracy, 12)
  expect(of('memoriser')).toBeCloseTo(second!.accuracy - result.memoriser.accuracy, 12)
  expect(of('conditional')).toBeCloseTo(second!.conditional!.accuracy - second!.conditional!.baseline, 12)
  // The probe of layer 0 and the word type is the baseline of the layers above.
  expect(second!.conditional!.baseline).toBe(first!.conditional!.accuracy)
  expect(of('conditional', 0)).toBeCloseTo(first!.conditional!.accuracy - first!.conditional!.baseline, 12)
  expect(before.rule).toBe('conditional')
  expect(of('embedding')).toBeCloseTo(second!.accuracy - first!.accuracy, 12)
  expect(before.controls.some(({ layer, control }) => layer === 0 && control === 'embedding')).toBe(false)

  const twin = await services.models.open('resources/models/all-MiniLM-L6-v2', silentJob(), twinSeed)
  expect(services.models.info(encoder).twin).toBe(twin.id)
  expect(twin.twin).toBeUndefined()
  // Another seed of the control task is another setting: that run is not the twin's.
  await services.runs.run('probe', { ...options(), modelId: twin.id, seed: 2 }, silentJob())
  expect((await services.compare.tests(result.id, 1, silentJob())).twinRunId).toBeNull()
  const untrained = await services.runs.run('probe', { ...options(), modelId: twin.id }, silentJob())
  const after = await services.compare.tests(result.id, 1, silentJob())
  expect(after).toMatchObject({ twinRunId: untrained.id, missing: [] })
  expect(after.controls.find((test) => test.layer === 1 && test.control === 'twin')!.difference).toBeCloseTo(
    second!.accuracy - untrained.layers[1]!.accuracy,
    12
  )
  // The twin itself has no twin; it was run without conditional probes, as a control is.
  expect((await services.compare.tests(untrained.id, 1, silentJob())).missing).toEqual(['conditional'])
})

test('a structural probe has no paired tests', async () => {
  const trees = await services.runs.run(
    'probe',
    {
      ...options(),
      task: 'tree',
      layers: [0],
      control: false,
      probe: { ...defaultMethod('structural'), ranks: [2], epochs: 1 }
    },
    silentJob()
  )
  await expect(services.compare.tests(trees.id, 1, silentJob())).rejects.toThrow(
    'A structural probe predicts trees, not labels: its layers are compared by their intervals, not by paired tests.'
  )
})
