import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import type { LoadedModel } from '../../../src/main/engine/models/model'
import { readSentenceModules } from '../../../src/main/engine/models/sentence/sentenceModules'
import { sentenceVectors } from '../../../src/main/engine/models/sentence/sentenceVectors'

/** Made by make_sentence_encoders.py in the folder. */
const fixtures = 'test/fixtures/sentenceEncoders'
const folder = mkdtempSync(join(tmpdir(), 'sentence-'))
const { texts, cases } = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as {
  texts: string[]
  cases: Record<string, { pooling: string | string[]; modules: string[]; vectors: number[][] }>
}
let model: LoadedModel

beforeAll(async () => {
  await pickBackend()
  model = await loadModel(join(fixtures, 'model'))
})
afterAll(() => {
  model.dispose()
  rmSync(folder, { recursive: true })
})

/** A copy of the encoder with other modules. */
function encoder(modules: readonly string[], pooling: object): string {
  const path = mkdtempSync(join(folder, 'case-'))
  cpSync(join(fixtures, 'model'), path, { recursive: true })
  const places: Record<string, string> = { Transformer: '', Pooling: '1_Pooling', Dense: '2_Dense', Normalize: 'n' }
  const entries = modules.map((title) => ({
    type: `sentence_transformers.models.${title}`,
    path: places[title] ?? 'x'
  }))
  writeFileSync(join(path, 'modules.json'), JSON.stringify(entries))
  writeFileSync(join(path, '1_Pooling', 'config.json'), JSON.stringify(pooling))
  return path
}

test.each(Object.keys(cases))('%s equals sentence-transformers', async (name) => {
  const { pooling, modules, vectors } = cases[name]!
  const read = readSentenceModules(encoder(modules, { pooling_mode: pooling }))!
  const { sentence, layers } = await sentenceVectors(model, read, texts, silentJob())
  expect(sentence.width).toBe(vectors[0]!.length)
  const most = vectors.flat().reduce((largest, value, i) => Math.max(largest, Math.abs(value - sentence.values[i]!)), 0)
  expect(most).toBeLessThan(1e-5)
  expect(layers).toHaveLength(3)
})

test('configs of older versions name the poolings by flags', () => {
  const flags = { pooling_mode_mean_tokens: true, pooling_mode_cls_token: true, pooling_mode_max_tokens: false }
  const read = readSentenceModules(encoder(['Transformer', 'Pooling', 'Dropout'], flags))!
  expect(read).toMatchObject({ pooling: ['cls', 'mean'], steps: [] })
})

test('another folder has no modules; what is not run is refused by name', () => {
  expect(readSentenceModules('test/fixtures/parity/bert')).toBeNull()
  const refused = (modules: readonly string[], pooling: object = { pooling_mode: 'mean' }) =>
    expect(() => readSentenceModules(encoder(modules, pooling)))
  refused(['Transformer', 'Pooling', 'CNN']).toThrow("a module 'CNN' of sentence-transformers")
  refused(['WordEmbeddings', 'Pooling']).toThrow('do not begin with Transformer and Pooling')
  refused(['Transformer', 'Pooling'], { pooling_mode: 'median' }).toThrow("'pooling_mode'")
  refused(['Transformer', 'Pooling'], {}).toThrow('no pooling')
})
