import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { defaultMethod } from '@shared/probeMethods'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { createServices, type Services } from '../../../src/main/engine/services'

// The vector of a sentence encoder as one more layer, against sentence-transformers.

const fixtures = 'test/fixtures/sentenceEncoders'
const root = mkdtempSync(join(tmpdir(), 'layerscope-sentence-layer-'))
const { texts, cases } = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as {
  texts: string[]
  cases: Record<string, { pooling: string | string[]; modules: string[]; vectors: number[][] }>
}
let services: Services

beforeAll(async () => {
  process.env.LAYERSCOPE_CACHE = root
  await pickBackend()
  services = createServices(() => undefined, join(root, 'results'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** A copy of the encoder with the modules of a case. */
function encoder(name: string): string {
  const { pooling, modules } = cases[name]!
  const path = join(root, name.replace(/\W+/g, '-'))
  cpSync(join(fixtures, 'model'), path, { recursive: true })
  const places: Record<string, string> = { Transformer: '', Pooling: '1_Pooling', Dense: '2_Dense', Normalize: 'n' }
  const entries = modules.map((title) => ({
    type: `sentence_transformers.models.${title}`,
    path: places[title] ?? 'x'
  }))
  writeFileSync(join(path, 'modules.json'), JSON.stringify(entries))
  writeFileSync(join(path, '1_Pooling', 'config.json'), JSON.stringify({ pooling_mode: pooling }))
  return path
}

describe.each(Object.keys(cases))('%s', (name) => {
  test('every token has the vector of its sentence', async () => {
    const { id, layers, width } = await services.models.open(`${encoder(name)}#vector=sentence`, silentJob())
    let most = 0
    let compared = 0
    for (const [t, text] of texts.entries()) {
      if (text.trim() === '') continue
      const { encoded, layers: states } = await services.sentences.hiddenStates(id, { kind: 'text', text })
      // Longer texts are cut by the library alone.
      if (encoded.ids.length > 16) continue
      compared++
      expect(states).toHaveLength(layers + 1)
      const expected = cases[name]!.vectors[t]!
      for (let token = 0; token < encoded.ids.length; token++)
        for (let i = 0; i < width; i++)
          most = Math.max(most, Math.abs(states.at(-1)![token * width + i]! - (expected[i] ?? 0)))
    }
    expect(most).toBeLessThan(1e-5)
    expect(compared).toBeGreaterThan(1)
  })
})

test('it is a model of its own, offered where there are modules, and probed like any other', async () => {
  const path = join(fixtures, 'model')
  const plain = await services.models.open(path, silentJob())
  const [offered] = plain.readings!
  expect(offered).toMatchObject({ title: 'with its sentence vector as a layer' })
  const info = await services.models.open(offered!.address, silentJob())
  expect(info).toMatchObject({ layers: plain.layers + 1, name: 'model (sentence vector)' })
  expect(info.id).not.toBe(plain.id)
  expect(info.notes).toContain(`Layer ${info.layers} is the sentence vector, the same for every word of a sentence.`)
  const paths = ['test/fixtures/datasets/pud/en_pud.conllu']
  const { id: datasetId } = await services.datasets.open({ paths, trainFraction: 0.5, seed: 1 })
  const result = await services.runs.run(
    'probe',
    {
      modelId: info.id,
      datasetId,
      task: 'sentence.length',
      trainSplit: 'train',
      testSplit: 'test',
      pool: 'mean',
      layers: [0, info.layers],
      maxTrainWords: null,
      maxTestWords: null,
      control: false,
      probe: defaultMethod('linear'),
      seed: 1
    },
    silentJob()
  )
  expect(result.layers.map(({ layer }) => layer)).toEqual([0, info.layers])
  const sentence = { kind: 'text' as const, text: 'It rains.' }
  const effect = { modelId: info.id, sentence, interventions: [], corpus: null, runIds: [] }
  await expect(services.runs.run('sentence', effect, silentJob())).rejects.toThrow(
    'is open with its sentence vector as one more layer'
  )
  await expect(services.models.open('test/fixtures/parity/bert#vector=sentence', silentJob())).rejects.toThrow(
    'bert is not a folder of sentence-transformers'
  )
})
