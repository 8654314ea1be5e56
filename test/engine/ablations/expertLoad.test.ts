import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { departure, isBeyondChance } from '@shared/expertLoad'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { createServices, type Services } from '../../../src/main/engine/services'
import { mixtureFolder } from '../models/mixtureFolder'

// Which experts the words of each label go through, against counts of what single sentences show.

const root = mkdtempSync(join(tmpdir(), 'layerscope-experts-'))
const pud = 'test/fixtures/datasets/pud/en_pud.conllu'
let services: Services

beforeAll(async () => {
  process.env.LAYERSCOPE_CACHE = root
  await pickBackend()
  services = createServices(() => undefined, join(root, 'results'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

test('shares are those of the sentences one by one', async () => {
  const { id: modelId } = await services.models.open(mixtureFolder(root), silentJob())
  const { id: datasetId } = await services.datasets.open({ paths: [pud], splitNames: ['all'] })
  const request = { modelId, datasetId, split: 'all', maxWords: 200, task: 'upos', seed: 1 }
  const result = await services.runs.run('experts', request, silentJob())
  expect(result.layers.map(({ layer, experts }) => [layer, experts])).toEqual([
    [1, 4],
    [2, 4]
  ])

  // Every token goes through two experts, and a word is the mean of its tokens.
  const counts = new Map<string, number[]>()
  for (let index = 0; index < result.sentences; index++) {
    const sentence = { kind: 'dataset' as const, datasetId, split: 'all', index }
    const { routing, tokens } = await services.sentences.inside(modelId, sentence)
    const { labels } = services.datasets.sentence(datasetId, 'all', index)
    const { data } = routing[1]!.weights
    tokens.forEach(({ word }, token) => {
      const label = labels['upos']![word!]!
      const row = counts.get(label) ?? [0, 0, 0, 0]
      const pieces = tokens.filter((one) => one.word === word).length
      for (let expert = 0; expert < 4; expert++) if (data[token * 4 + expert] !== 0) row[expert]! += 0.5 / pieces
      counts.set(label, row)
    })
  }
  const load = result.layers[1]!
  expect(result.classes.map(({ name }) => name).sort()).toEqual([...counts.keys()].sort())
  const all = [0, 0, 0, 0]
  result.classes.forEach(({ name, words }, c) => {
    const row = counts.get(name)!
    expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(words, 10)
    row.forEach((value, expert) => {
      expect(load.shares[c]![expert]).toBeCloseTo(value / words, 10)
      all[expert]! += value
    })
  })
  const words = result.classes.reduce((sum, one) => sum + one.words, 0)
  all.forEach((value, expert) => expect(load.expected[expert]).toBeCloseTo(value / words, 10))
  const nouns = result.classes.findIndex(({ name }) => name === 'NOUN')
  expect(departure(load, nouns, 0)).toBeCloseTo(load.shares[nouns]![0]! - load.expected[0]!, 12)
})

test('words whose tokens decide their experts are beyond chance; without experts there is no load', async () => {
  const { id: modelId } = await services.models.open(mixtureFolder(root), silentJob())
  const { id: datasetId } = await services.datasets.open({ paths: [pud], splitNames: ['all'] })
  const request = { modelId, datasetId, split: 'all', maxWords: 1000, task: 'upos', seed: 1 }
  const { layers, classes } = await services.runs.run('experts', request, silentJob())
  // 'the' is a determiner and a token of its own, most nouns are the unknown token.
  const determiners = classes.findIndex(({ name }) => name === 'DET')
  const marked = layers.map((load) => load.expected.some((_, expert) => isBeyondChance(load, determiners, expert)))
  expect(marked).toContain(true)
  for (const { information, informationByChance } of layers) expect(information).toBeGreaterThan(informationByChance)

  const { id: dense } = await services.models.open('resources/models/gpt2-ud-tiny', silentJob())
  await expect(services.runs.run('experts', { ...request, modelId: dense }, silentJob())).rejects.toThrow(
    'gpt2-ud-tiny has no experts; open a mixture of experts, such as Mixtral.'
  )
  await expect(services.runs.run('experts', { ...request, task: 'tree.depth' }, silentJob())).rejects.toThrow(
    'does not label words with classes'
  )
})
