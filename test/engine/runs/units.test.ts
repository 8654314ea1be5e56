import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { defaultAdaptation } from '@shared/adaptMethods'
import { defaultCurve } from '@shared/curveSettings'
import { silentJob } from '@shared/jobs'
import { defaultMethod } from '@shared/probeMethods'
import { parseCall } from '@shared/rpc/dispatch'
import type { ResultKindId } from '@shared/results'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { collect } from '../../../src/main/engine/runs/collect'
import { planId } from '../../../src/main/engine/runs/plan'
import { equalUnits } from '../../../src/main/engine/runs/publish'
import { RunFolder } from '../../../src/main/engine/runs/runFolder'
import { workTask } from '../../../src/main/engine/runs/worker'
import { createServices, type Services } from '../../../src/main/engine/services'
import { runnerOf } from '../../../src/main/engine/services/runners'
import { planUnits, unitWork, type UnitRequest } from '../../../src/main/engine/services/runUnits'
import { dryPlan } from './fixtures/dry'

// A request of any kind of result is a unit: planned by one engine, computed by another, and equal to what the first one
// computes, to the bit.

const folder = mkdtempSync(join(tmpdir(), 'layerscope-units-'))
let planner: Services
let requests: Partial<Record<ResultKindId, Record<string, unknown>>>

beforeAll(async () => {
  vi.stubEnv('LAYERSCOPE_CACHE', join(folder, 'cache'))
  await pickBackend()
  planner = createServices(() => undefined, join(folder, 'results'))
  const { id: modelId } = await planner.models.open('resources/models/gpt2-ud-tiny', silentJob())
  const { id: datasetId } = await planner.datasets.open({
    paths: ['test/fixtures/datasets/pud/en_pud.conllu'],
    trainFraction: 0.6,
    seed: 1
  })
  const parts = { trainSplit: 'train', testSplit: 'test' }
  const words = { pool: 'mean', maxTrainWords: 100, maxTestWords: 60 }
  const probe = {
    ...{ modelId, datasetId, task: 'upos', ...parts, ...words, layers: [1] },
    ...{ control: false, probe: defaultMethod('linear'), seed: 1 }
  }
  const corpus = { modelId, datasetId, split: 'test', maxWords: 40 }
  const interventions = [{ at: 'blocks.1.attn.result', heads: [0], edit: { kind: 'zero' } }]
  requests = {
    probe,
    regression: { ...probe, task: 'tree.depth' },
    curve: { ...probe, curve: { ...defaultCurve('restarts'), starts: 2 } },
    pairs: { modelId, path: 'resources/pairs/blimp/blimp-100.tsv.gz', pairs: 1 },
    scan: { ...corpus, unit: 'attention', edit: { kind: 'zero' }, probe: null, loss: true, movement: false, seed: 1 },
    change: { ...corpus, interventions, randomSets: 1, seed: 1 },
    taskMap: {
      ...{ ...corpus, runs: [], loss: true, movement: false },
      ...{ edit: { kind: 'zero' }, randomDraws: 1, seed: 1 }
    },
    heads: corpus,
    finetune: {
      ...{ modelId, datasetId, task: 'upos', ...parts, maxTrain: 8, maxTest: 4 },
      ...{ method: defaultAdaptation('bitfit'), epochs: 1, save: false, seed: 1 }
    }
  }
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

const unitOf = (kind: ResultKindId, asked: object): UnitRequest => {
  const { input } = parseCall(runnerOf(kind).call, asked as never)
  return { kind, request: input as object, title: kind, estimate: null }
}

test('units of every kind that the planner can describe are computed by another engine', async () => {
  const asked = Object.entries(requests).map(([kind, request]) => unitOf(kind as ResultKindId, request))
  const planned = await planUnits(planner, [...asked, asked[0]!], 1500, 1)
  // Equal requests are one unit; those of minimal pairs read no data set, so they are a task of their own.
  expect(planned.units.map(({ kind, task }) => [kind, task])).toEqual(
    asked.map(({ kind }, i) => [kind, i < 3 ? 0 : i === 3 ? 1 : 2])
  )
  const about = { ...planned, id: planId({ name: 'units', ...planned }), name: 'units' }
  const run = RunFolder.create(join(folder, 'run'), dryPlan(0, 1, about))

  mkdirSync(run.place('working-1'))
  const worker = createServices(() => undefined, run.place('working-1'))
  const said: string[] = []
  const where = { job: null, log: null, memory: 1, say: (line: string) => void said.push(line) }
  const { signal } = new AbortController()
  for (const task of [0, 1, 2])
    expect(await workTask(run, task, unitWork(worker, run.plan), where, signal), said.join('\n')).toBe(true)
  expect(readdirSync(run.place('working-1'))).toEqual([])

  for (const { kind, key, request } of run.plan.units) {
    const { id } = await planner.runs.run(kind, request as never, silentJob())
    expect(equalUnits(kind, run.unit(key), planner.results.folderOf(id)), kind).toBe(true)
  }
  // Their ids are those that this library would give them.
  expect(collect(run, join(folder, 'results'))).toEqual({ added: [], there: asked.length })
}, 120_000)

test('a request that is made from kept results is refused', async () => {
  const { id: runId } = await planner.runs.run('probe', requests.probe as never, silentJob())
  await expect(planUnits(planner, [unitOf('tests', { runId, seed: 1 })], 1500, 1)).rejects.toThrow(
    'tests: it is made from kept results of this machine, so that it can run here only.'
  )
})

test('a unit whose data has changed since it was planned is refused', async () => {
  const { sources, units } = await planUnits(planner, [unitOf('probe', requests.probe!)], 1500, 1)
  const work = unitWork(planner, { sources, parent: '' })
  await expect(work.run({ ...units[0]!, key: '0'.repeat(64) }, new AbortController().signal)).rejects.toThrow(
    'probe: its model or its data has changed since the run was planned. Plan it again in a new folder.'
  )
})
