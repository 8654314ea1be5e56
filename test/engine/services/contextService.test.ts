import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { createServices, type Services } from '../../../src/main/engine/services'

let folder: string
let services: Services
let part: { modelId: string; datasetId: string; split: string; pool: 'last'; maxWords: null; layer: number }

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-contexts-'))
  vi.stubEnv('LAYERSCOPE_CACHE', folder)
  await pickBackend()
  services = createServices(() => undefined, join(folder, 'results'))
  const model = await services.models.open('resources/models/gpt2-ud-tiny', silentJob())
  const paths = ['test/fixtures/datasets/pud/en_pud.conllu']
  const dataset = await services.datasets.open({ paths, splitNames: ['all'] }, silentJob())
  part = { modelId: model.id, datasetId: dataset.id, split: 'all', pool: 'last', maxWords: null, layer: 2 }
  await services.activations.ensure(part, silentJob())
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

const word = (index: number, position: number) =>
  ({ kind: 'word', sentence: { kind: 'dataset', datasetId: part.datasetId, split: 'all', index }, position }) as const
const settings = { metric: 'cosine', filter: null, otherForms: false, offset: 0, limit: 500 } as const

test('a search finds what the inspector lists, in pages, with counts over all of it', async () => {
  const request = { ...part, ...settings, query: word(3, 1), count: 40 }
  const all = await services.contexts.search(request)
  const listed = await services.projections.nearest({ ...part, sentence: 3, position: 1, count: 40, metric: 'cosine' })
  expect(all.total).toBe(40)
  expect(all.hits).toEqual(listed)
  const page = await services.contexts.search({ ...request, offset: 10, limit: 5 })
  expect(page.hits).toEqual(all.hits.slice(10, 15))
  expect(page.counts).toEqual(all.counts)
  for (const { counts, none } of all.counts) expect(counts.reduce((sum, { count }) => sum + count, none)).toBe(40)
  const forms = all.counts.find(({ title }) => title === 'Word')!
  const most = all.hits.filter(({ form }) => form.toLowerCase() === forms.counts[0]!.value)
  expect(most).toHaveLength(forms.counts[0]!.count)
})

test('a search can be held to a label and to other forms, and starts from typed text or a selection too', async () => {
  const nouns = await services.contexts.search({
    ...part,
    ...settings,
    query: word(3, 1),
    count: 30,
    filter: { layer: 'upos', value: 'NOUN' },
    otherForms: true
  })
  const pos = nouns.counts.find(({ title }) => title === 'Universal part of speech')!
  expect(pos.counts).toEqual([{ value: 'NOUN', count: 30 }])
  const { forms } = services.datasets.words(part.datasetId, 'all')
  const row = services.datasets.words(part.datasetId, 'all').sentence.findIndex((sentence) => sentence === 3) + 1
  expect(nouns.hits.every(({ form }) => form.toLowerCase() !== forms[row]!.toLowerCase())).toBe(true)
  const typed = { kind: 'word', sentence: { kind: 'text', text: 'The dog barks' }, position: 1 } as const
  expect((await services.contexts.search({ ...part, ...settings, query: typed, count: 5 })).hits).toHaveLength(5)
  const likeIt = await services.contexts.search({
    ...part,
    ...settings,
    query: { kind: 'rows', rows: [row] },
    count: 5
  })
  const alike = await services.contexts.search({ ...part, ...settings, query: word(3, 1), count: 5 })
  expect(likeIt.hits.map(({ wordIndex }) => wordIndex)).toEqual(alike.hits.map(({ wordIndex }) => wordIndex))
})

test('neurons tied to a label have it among their own ties, and their highest words are in order', async () => {
  const ties = await services.contexts.ties({ ...part, task: 'upos' })
  const [first] = ties.classes
  const best = first!.ties[0]!
  expect(first!.ties.every((tie) => Math.abs(tie.correlation) <= Math.abs(best.correlation))).toBe(true)
  const look = await services.contexts.look({ ...part, neuron: best.neuron, task: 'upos', count: 10 })
  const same = look.ties.find(({ label }) => label === best.label)!
  expect(same.correlation).toBeCloseTo(best.correlation, 6)
  const values = look.highest.map(({ distance }) => distance)
  expect(values).toEqual(values.toSorted((a, b) => b - a))
  expect(values[0]).toBeCloseTo(look.histogram.high, 6)
  expect(look.lowest[0]!.distance).toBeCloseTo(look.histogram.low, 6)
  expect(look.histogram.counts.reduce((sum, count) => sum + count, 0)).toBe(ties.words)
  // A language model says what the neuron promotes: each change is of the sign it is listed under.
  expect(look.promotes!.every(({ change }) => change > 0)).toBe(true)
  expect(look.suppresses!.every(({ change }) => change < 0)).toBe(true)
  await expect(services.contexts.look({ ...part, neuron: 99_999, task: null, count: 1 })).rejects.toThrow(
    'Neuron 99999 does not exist'
  )
})

test("a neuron's values over a sentence are those of the hidden states", async () => {
  const sentence = { kind: 'text', text: 'The dog barks' } as const
  const { tokens, values } = await services.contexts.inSentence({ modelId: part.modelId, sentence, neuron: 3 })
  const { layers } = await services.sentences.hiddenStates(part.modelId, sentence)
  const width = layers[0]!.length / tokens.length
  expect(values.shape).toEqual([layers.length, tokens.length])
  expect(values.data[2 * tokens.length + 1]).toBe(layers[2]![width + 3])
})
