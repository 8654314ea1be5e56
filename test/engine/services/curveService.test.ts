import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CurveOptions } from '@shared/contract'
import { curveSteps } from '@shared/curve'
import { defaultCurve, type CurveSettings } from '@shared/curveSettings'
import { JobCancelled, silentJob, type JobHandle } from '@shared/jobs'
import { defaultMethod } from '@shared/probeMethods'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { createServices, type Services } from '../../../src/main/engine/services'

let folder: string
let services: Services
let options: Omit<CurveOptions, 'curve'>
const before = process.env.LAYERSCOPE_CACHE
const unfinished = (): string[] => {
  try {
    return readdirSync(join(folder, 'curves'))
  } catch {
    return []
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-curves-'))
  console.info(`Curves are tested on ${(await pickBackend()).title}.`)
  // Word vectors of the test, not the person's.
  process.env.LAYERSCOPE_CACHE = folder
  services = createServices(() => undefined, join(folder, 'results'))
  const model = await services.models.open('resources/models/all-MiniLM-L6-v2', silentJob())
  const dataset = await services.datasets.open({ paths: ['resources/datasets/ud_english-ewt'] })
  options = {
    modelId: model.id,
    datasetId: dataset.id,
    task: 'upos',
    trainSplit: 'dev',
    testSplit: 'test',
    pool: 'first',
    layers: [0, 2],
    maxTrainWords: 600,
    maxTestWords: 400,
    control: false,
    codelength: false,
    restarts: 1,
    probe: defaultMethod('linear'),
    seed: 1
  }
})
afterAll(() => {
  if (before === undefined) delete process.env.LAYERSCOPE_CACHE
  else process.env.LAYERSCOPE_CACHE = before
  rmSync(folder, { recursive: true, force: true })
})

const keptCurves = () => services.results.list().filter(({ kind }) => kind === 'curve')
/** Draws a curve; what was kept before would be the answer. */
const run = (curve: CurveSettings, changes: Partial<CurveOptions> = {}, job: JobHandle = silentJob()) => {
  keptCurves().forEach(({ id }) => services.results.delete(id))
  return services.runs.run('curve', { ...options, ...changes, curve }, job)
}
/** A job that is cancelled once it has reported so many points. */
function cancelledAfter(points: number): JobHandle {
  const job = silentJob()
  return {
    ...job,
    yield: () =>
      unfinished().some((name) => readFileSync(join(folder, 'curves', name), 'utf8').split('\n').length > points)
        ? Promise.reject(new JobCancelled())
        : Promise.resolve()
  }
}

test('by training size: with all sentences the accuracy is that of a run, and more data are not worse', async () => {
  const curve = { kind: 'size' as const, shares: [1 / 16, 1 / 4, 1], draws: 3 }
  const result = await run(curve)
  const whole = await services.runs.run('probe', { ...options }, silentJob())
  expect(result.points).toHaveLength(2 * 7)
  for (const layer of [0, 2]) {
    const steps = curveSteps(result, layer)
    expect(steps.map(({ values }) => values.length)).toEqual([3, 3, 1])
    expect(steps[2]!.mean).toBe(whole.layers.find((one) => one.layer === layer)!.accuracy)
    expect(steps[0]!.mean).toBeLessThan(steps[2]!.mean)
    expect(steps[0]!.low).toBeLessThanOrEqual(steps[0]!.mean)
    expect(steps[2]!.trainItems).toBe(whole.trainWords)
  }
  const all = result.baselines.find(({ at }) => at === 1)!
  expect([all.majority, all.memoriser]).toEqual([whole.majority.accuracy, whole.memoriser.accuracy])
  expect(result.baselines).toHaveLength(7)
  expect(result).toMatchObject({
    settings: curve,
    measure: 'accuracy',
    task: { id: 'upos' },
    layers: [0, 2],
    options: { seed: 1, maxTrainWords: 600 }
  })
  expect(keptCurves().map(({ id }) => id)).toEqual([result.id])
  expect(unfinished()).toEqual([])
})

test('a curve that was cancelled goes on where it stopped, and ends as one that was not', async () => {
  const curve = { kind: 'size' as const, shares: [1 / 8, 1], draws: 2 }
  const straight = await run(curve)
  await expect(run(curve, {}, cancelledAfter(3))).rejects.toThrow(JobCancelled)
  expect(unfinished()).toHaveLength(1)
  const path = join(folder, 'curves', unfinished()[0]!)
  const kept = readFileSync(path, 'utf8').trim().split('\n')
  expect(kept.length).toBeGreaterThanOrEqual(3)
  expect(kept.length).toBeLessThan(6)
  expect((await services.curves.estimate({ ...options, curve })).done).toBe(kept.length)
  // As if the process had been killed in the middle of a line; and a point that is changed shows that it is not trained
  // again.
  writeFileSync(
    path,
    `${JSON.stringify({ ...(JSON.parse(kept[0]!) as object), accuracy: 0.123 })}\n${kept.slice(1).join('\n')}\n{"layer":2,"at":`
  )
  const resumed = await run(curve)
  expect(resumed.points[0]!.accuracy).toBe(0.123)
  expect(resumed.points.slice(1)).toEqual(straight.points.slice(1))
  expect(resumed.baselines).toEqual(straight.baselines)
  expect(unfinished()).toEqual([])
})

test('by hidden size, with the control task', async () => {
  const result = await run(
    { kind: 'hidden', sizes: [0, 8] },
    { layers: [2], control: true, probe: { ...defaultMethod('mlp'), epochs: 5 } }
  )
  expect(result.points.map(({ at }) => at)).toEqual([0, 8])
  for (const { control } of result.points) expect(control).toBeGreaterThan(0)
  const [linear] = result.points
  const whole = await services.runs.run('probe', { ...options, layers: [2], control: true }, silentJob())
  expect([linear!.accuracy, linear!.control]).toEqual([whole.layers[0]!.accuracy, whole.layers[0]!.control!.accuracy])
  expect(curveSteps(result, 2, 'selectivity')[0]!.mean).toBeCloseTo(whole.layers[0]!.selectivity!, 12)
})

test('by rank, of a low-rank and of a structural probe', async () => {
  const result = await run(
    { kind: 'rank', ranks: [1, 8] },
    { layers: [2], probe: { ...defaultMethod('lowRank'), epochs: 10 } }
  )
  expect(result.points[1]!.accuracy).toBeGreaterThan(result.points[0]!.accuracy)
  const probe = { ...defaultMethod('structural'), epochs: 2 }
  const trees = await run({ kind: 'rank', ranks: [2, 4] }, { layers: [2], probe })
  const whole = await services.runs.run(
    'probe',
    { ...options, layers: [2], probe: { ...probe, ranks: [2, 4] } },
    silentJob()
  )
  expect(trees).toMatchObject({ measure: 'UUAS', task: { id: 'tree' } })
  expect(trees.points.map(({ accuracy }) => accuracy)).toEqual(
    whole.layers[0]!.structure!.ranks!.map(({ uuas }) => uuas)
  )
  expect(trees.baselines[0]!.majority).toBe(whole.majority.accuracy)
})

test('restarts are those of a run', async () => {
  const probe = { ...defaultMethod('mlp'), hidden: [4], epochs: 3 }
  const result = await run({ kind: 'restarts', starts: 3 }, { layers: [2], probe })
  const whole = await services.runs.run('probe', { ...options, layers: [2], probe, restarts: 3 }, silentJob())
  expect(result.points.map(({ accuracy }) => accuracy)).toEqual(whole.layers[0]!.restarts)
})

test('across languages no sentence is tested on whose translation was trained on', async () => {
  const languages = ['en', 'de', 'fr']
  const dataset = await services.datasets.open({
    paths: languages.map((name) => `test/fixtures/datasets/pud/${name}_pud.conllu`),
    splitNames: languages
  })
  const result = await run(defaultCurve('languages', languages), {
    datasetId: dataset.id,
    layers: [2],
    maxTrainWords: null,
    maxTestWords: null
  })
  expect(result.points.map(({ trainSplit, testSplit }) => `${trainSplit} ${testSplit}`)).toEqual(
    languages.flatMap((train) => languages.map((other) => `${train} ${other}`))
  )
  for (const name of languages) {
    const own = result.points.find(({ trainSplit, testSplit }) => trainSplit === name && testSplit === name)!
    // Words of 28 and of 12 sentences: all words, none twice.
    expect(own.trainItems + own.testItems).toBe(dataset.splits.find((split) => split.name === name)!.words)
    const across = result.points.filter(({ trainSplit, testSplit }) => trainSplit === name && testSplit !== name)
    for (const { accuracy } of across) expect(accuracy).toBeLessThan(own.accuracy)
  }
  expect(result.baselines).toHaveLength(9)
})

test('what cannot be drawn is refused in a sentence', async () => {
  await expect(run(defaultCurve('languages', ['dev', 'fr']))).rejects.toThrow(
    "UD English EWT has no part 'fr'; it has train, dev, test."
  )
  await expect(run(defaultCurve('size'), { testSplit: 'dev' })).rejects.toThrow(
    "'dev' is used both for training and for testing; choose another part to test on."
  )
  await expect(run(defaultCurve('size'), { task: 'tree.depth' })).rejects.toThrow(
    "'Depth in the tree' is a number; curves are drawn of tasks with classes."
  )
  await expect(run(defaultCurve('size'), { span: 'attention' })).rejects.toThrow(
    'Curves are drawn of one vector an item; pool the words of spans by their mean or their ends, not by attention.'
  )
})

test('an estimate counts the probes', async () => {
  const estimate = await services.curves.estimate({ ...options, curve: defaultCurve('size') })
  expect(estimate).toMatchObject({ probes: 2 * 19, done: 0, cached: true })
  expect(estimate.seconds).toBeGreaterThan(0)
})
