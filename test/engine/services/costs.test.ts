import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import type { ResultKindId } from '@shared/results'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { MeasuredPaces } from '../../../src/main/engine/jobs/measuredPaces'
import { createServices, type Services } from '../../../src/main/engine/services'
import { costs } from '../../../src/main/engine/services/costs'
import { runnerOf, runners } from '../../../src/main/engine/services/runners'

let folder: string
let services: Services
let modelId: string
let datasetId: string
const before = process.env.LAYERSCOPE_CACHE

beforeAll(async () => {
  await pickBackend()
  folder = mkdtempSync(join(tmpdir(), 'layerscope-costs-'))
  process.env.LAYERSCOPE_CACHE = folder
  services = createServices(() => undefined, join(folder, 'results'))
  modelId = (await services.models.open('resources/models/gpt2-ud-tiny', silentJob())).id
  datasetId = (await services.datasets.open({ paths: ['resources/datasets/ud_english-ewt'] })).id
})
afterAll(() => {
  if (before === undefined) delete process.env.LAYERSCOPE_CACHE
  else process.env.LAYERSCOPE_CACHE = before
  rmSync(folder, { recursive: true, force: true })
})

const part = (maxWords = 60) => ({ modelId, datasetId, split: 'test', maxWords, draw: 1 })
const scan = (unit: string, loss = false) => ({
  ...part(),
  unit,
  edit: { kind: 'zero' },
  loss,
  movement: !loss,
  probe: null,
  seed: 1
})
const secondsOf = async (call: string, input: object): Promise<number> =>
  (await services.costs.estimate(call, input))!.seconds

describe('the cost of work', () => {
  test('is known of every kind of result that waits in the queue', () => {
    const kinds = (Object.keys(runners) as ResultKindId[]).filter((kind) => runnerOf(kind).queued)
    expect(kinds.filter((kind) => costs[kind] === undefined)).toEqual([])
  })

  test('grows with the parts that are switched off, each from its block up', async () => {
    const { layers, heads } = services.models.info(modelId)
    const { seconds: pass } = await services.activations.pass(part())
    const passes = (variants: number): number => 1 + (variants * (layers + 1)) / (2 * layers)
    expect(await secondsOf('ablation.scan', scan('block'))).toBeCloseTo(pass * passes(layers), 10)
    expect(await secondsOf('ablation.scan', scan('head'))).toBeCloseTo(pass * passes(layers * heads), 10)
  })

  test('counts the logits where the loss is read, and random orders where heads are pruned', async () => {
    const { layers, width, vocabulary } = services.models.info(modelId)
    const plain = await secondsOf('ablation.scan', scan('block'))
    const withLoss = await secondsOf('ablation.scan', scan('block', true))
    expect(withLoss / plain).toBeCloseTo(1 + (2 * vocabulary) / (12 * width * layers), 10)
    const pruning = (randomOrders: number): Promise<number> =>
      secondsOf('ablation.prune', { ...scan('head'), steps: 4, randomOrders })
    const { seconds: pass } = await services.activations.pass(part())
    expect((await pruning(3)) - (await pruning(1))).toBeCloseTo(2 * 4 * pass, 10)
  })

  test('of minimal pairs is that of the sentences that are read', async () => {
    const [set] = await services.minimalPairs.sets()
    const request = { modelId, path: set!.path }
    const few = await services.minimalPairs.subwords({ ...request, pairs: 1 })
    const more = await services.minimalPairs.subwords({ ...request, pairs: 3 })
    expect(few).toBeGreaterThan(0)
    expect(more).toBeGreaterThan(2 * few)
  })

  test('is nothing where the result is kept, and is asked for again where it is wanted fresh', async () => {
    const request = { ...part(), edit: { kind: 'zero' as const }, unit: 'block' as const, loss: false, movement: true }
    const asked = { ...request, probe: null, seed: 1 }
    const { id } = await services.runs.run('scan', asked, silentJob())
    expect(await services.costs.estimate('ablation.scan', asked)).toEqual({
      seconds: 0,
      memoryBytes: 0,
      diskBytes: 0,
      kept: id
    })
    expect((await services.costs.estimate('ablation.scan', { ...asked, fresh: true }))?.kept).toBeNull()
  })

  test('is not predicted of other calls, and a wrong input is refused', async () => {
    expect(await services.costs.estimate('model.list', {})).toBeNull()
    expect(await services.costs.estimate('nonsense', {})).toBeNull()
    await expect(services.costs.estimate('ablation.scan', { modelId })).rejects.toThrow(/ablation\.scan/)
  })

  test('is measured once on this machine, and the numbers are kept', async () => {
    const paces = new MeasuredPaces(() => join(folder, 'paces.json'))
    const kinds = ['heads', 'scan'].map((kind) => `${services.device.status().backend.name} result ${kind}`)
    expect(kinds.map((kind) => paces.isKnown(kind))).toEqual([false, false])
    await services.costs.calibrate({ modelId, datasetId, split: 'test' }, silentJob())
    expect(kinds.map((kind) => paces.isKnown(kind))).toEqual([true, true])
    const factors = kinds.map((kind) => paces.factor(kind))
    await services.costs.calibrate({ modelId, datasetId, split: 'test' }, silentJob())
    expect(kinds.map((kind) => paces.factor(kind))).toEqual(factors)
  })
})
