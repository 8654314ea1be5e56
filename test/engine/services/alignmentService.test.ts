import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { createServices, type Services } from '../../../src/main/engine/services'
import type { AlignmentRequest } from '../../../src/main/engine/services/alignmentService'

const pud = (language: string): string => `test/fixtures/datasets/pud/${language}_pud.conllu`
const before = process.env.LAYERSCOPE_CACHE
let folder: string
let services: Services
let request: AlignmentRequest

beforeAll(async () => {
  await pickBackend()
  folder = mkdtempSync(join(tmpdir(), 'layerscope-align-'))
  process.env.LAYERSCOPE_CACHE = folder
  services = createServices(() => undefined, join(folder, 'results'))
  const { id } = await services.models.open('resources/models/all-MiniLM-L6-v2', silentJob())
  const data = { paths: [pud('en'), pud('de')], splitNames: ['en', 'de'] }
  const { id: datasetId } = await services.datasets.open(data)
  request = { modelA: id, modelB: id, datasetId, splitA: 'en', splitB: 'de', pool: 'mean', seed: 1 }
})
afterAll(() => {
  if (before === undefined) delete process.env.LAYERSCOPE_CACHE
  else process.env.LAYERSCOPE_CACHE = before
  rmSync(folder, { recursive: true, force: true })
})

test('half of the sentences gives the anchors, the other half is retrieved, layer by layer', async () => {
  const { provenance, ...result } = await services.runs.run('alignment', request, silentJob())
  expect(provenance.request).toMatchObject({ splitA: 'en', splitB: 'de' })
  expect(result).toMatchObject({ fitted: 20, tested: 20, dataset: { splitA: 'en', splitB: 'de' } })
  expect(result.anchors).toBeGreaterThanOrEqual(10)
  expect(result.layers.map(({ layerA }) => layerA)).toEqual([0, 1, 2, 3, 4, 5, 6])
  // Names and borrowed words alone find a good part of the translations; the centre of a language hides them.
  for (const { raw, centred } of result.layers) expect(centred!.accuracy).toBeGreaterThanOrEqual(raw!.accuracy)
  expect(result.layers[6]!.centred!.accuracy).toBeGreaterThan(0.5)
})

test('one language with itself is found at every layer', async () => {
  const twice = await services.datasets.open({ paths: [pud('en'), pud('en')], splitNames: ['a', 'b'] })
  const same = { ...request, datasetId: twice.id, splitA: 'a', splitB: 'b' }
  const { layers } = await services.alignments.align(same, silentJob())
  for (const { raw, centred, aligned } of layers)
    expect([raw, centred, aligned].map((found) => found!.accuracy)).toEqual([1, 1, 1])
})

test('splits that are not parallel are refused with their sentences', async () => {
  const { id } = await services.datasets.open({ paths: [pud('en')], trainFraction: 0.6, seed: 1 })
  const uneven = { ...request, datasetId: id, splitA: 'train', splitB: 'test' }
  await expect(services.alignments.align(uneven, silentJob())).rejects.toThrow(
    "'train' has 23 sentences and 'test' has 17. Parallel texts have equally many, and " +
      'each sentence is at the place of its translation.'
  )
  await expect(services.alignments.estimate({ ...request, splitB: 'en' })).rejects.toThrow(
    'An alignment is between two splits, one for each language; choose another.'
  )
})
