import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { spearman } from '../../../src/main/engine/probes/scores/correlation'
import { createServices, type Services } from '../../../src/main/engine/services'

let folder: string
let services: Services
let asked: Parameters<Services['ablations']['prune']>[0]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-pruning-'))
  console.info(`Pruning is tested on ${(await pickBackend()).title}.`)
  services = createServices(() => undefined, join(folder, 'results'))
  const model = await services.models.open('resources/models/gpt2-ud-tiny', silentJob())
  const dataset = await services.datasets.open({
    paths: ['resources/datasets/ud_english-ewt/en_ewt-ud-dev.conllu.gz'],
    splitNames: ['all']
  })
  asked = {
    modelId: model.id,
    datasetId: dataset.id,
    split: 'all',
    maxWords: 300,
    probe: null,
    loss: true,
    movement: false,
    unit: 'head',
    edit: { kind: 'zero' },
    steps: 4,
    randomOrders: 2,
    seed: 1
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('heads are pruned by what they are worth and by the size of the derivative, beside random orders', async () => {
  const [pruned, sweep] = [
    await services.ablations.prune(asked, silentJob()),
    await services.ablations.scan(asked, silentJob())
  ]
  expect(pruned.counts).toEqual([0, 4, 8, 12, 16])
  expect(pruned.further.map(({ title }) => title)).toEqual(['Smallest derivative first'])
  const curves = [pruned.byImportance, ...pruned.further, ...pruned.random]
  // Nothing and everything switched off do not depend on the order.
  for (const { values } of curves) {
    expect(values[0]).toBe(pruned.plain)
    expect(values[4]).toBeCloseTo(curves[0]!.values[4]!, 5)
  }
  const harm = pruned.order.map(
    (head) =>
      sweep.measures[0]!.effects[sweep.units.findIndex((one) => one.block === head.block && one.head === head.head)]!
        .difference
  )
  expect(harm).toEqual(harm.toSorted((a, b) => a - b))
  const { importance, agreement } = pruned.derivative!
  expect(agreement).toBe(spearman(importance, harm))
  for (let block = 0; block < 4; block++) {
    const own = importance.filter((_, i) => pruned.order[i]!.block === block)
    expect(Math.hypot(...own)).toBeCloseTo(1, 6)
  }
})

test('without the loss heads have no derivative, and layers go by depth', async () => {
  const moved = await services.ablations.prune(
    { ...asked, loss: false, movement: true, steps: 2, randomOrders: 0 },
    silentJob()
  )
  expect(moved).toMatchObject({ further: [], random: [] })
  expect(moved.derivative).toBeUndefined()
  const layers = await services.ablations.prune({ ...asked, unit: 'block', steps: 2, randomOrders: 0 }, silentJob())
  expect(layers.further.map(({ title }) => title)).toEqual(['From the top', 'From the bottom'])
  expect(layers.derivative).toBeUndefined()
})
