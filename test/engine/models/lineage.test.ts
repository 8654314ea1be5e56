import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import type { Checkpoint } from '../../../src/main/engine/checkpoints/checkpoint'
import { openWeights } from '../../../src/main/engine/checkpoints/weightsFile'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { compareWeights } from '../../../src/main/engine/models/compareWeights'
import { ModelService } from '../../../src/main/engine/services/modelService'
import { alteredCopy, flip, tensorRanges } from './alteredCheckpoint'

const cacheBefore = process.env.LAYERSCOPE_CACHE
const bert = 'test/fixtures/parity/bert'
const models = new ModelService()
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-lineage-'))
  process.env.LAYERSCOPE_CACHE = join(folder, 'cache')
  await pickBackend()
})
afterAll(() => {
  if (cacheBefore === undefined) delete process.env.LAYERSCOPE_CACHE
  else process.env.LAYERSCOPE_CACHE = cacheBefore
  rmSync(folder, { recursive: true, force: true })
})

function copyWith(name: string, files: Record<string, string>): string {
  const to = join(folder, name)
  cpSync(bert, to, { recursive: true })
  for (const [file, content] of Object.entries(files)) writeFileSync(join(to, file), content)
  return to
}

const open = (path: string, untrained: number | null = null) => models.open(path, silentJob(), untrained)

test('a training record beside the weights is the lineage, and does not change the id', async () => {
  const record = {
    version: 1,
    base: { id: '0123456789abcdef', path: '/models/bert' },
    recipe: { lr: 1e-4 },
    step: 1200
  }
  const trained = await open(copyWith('trained', { 'layerscope-training.json': JSON.stringify(record) }))
  const { version: _, ...lineage } = record
  expect(trained.lineage).toEqual(lineage)
  const plain = await open(bert)
  expect(plain.id).toBe(trained.id)
  // What is beside the folder that was opened last counts.
  expect(plain.lineage).toBeUndefined()
  expect((await open(join(folder, 'trained'), 1)).lineage).toBeUndefined()
})

test('the config of a merged adapter names the base and how it was trained', async () => {
  const adapter = {
    base_model_name_or_path: 'google/bert',
    peft_type: 'LORA',
    r: 8,
    target_modules: ['query', 'value'],
    inference_mode: true
  }
  const merged = await open(copyWith('merged', { 'adapter_config.json': JSON.stringify(adapter) }))
  expect(merged.lineage).toEqual({
    base: { name: 'google/bert' },
    recipe: { peft_type: 'LORA', r: 8, target_modules: ['query', 'value'] }
  })
})

test('a record that cannot be understood is a note; the model opens', async () => {
  const copy = join(folder, 'damaged')
  alteredCopy(bert, copy, ['bert.embeddings.LayerNorm.bias'])
  const path = join(copy, 'layerscope-training.json')
  writeFileSync(path, '{"version":1')
  const damaged = await open(copy)
  expect(damaged.notes).toContain(`The model's base is not known: ${path} is not valid JSON.`)
  expect(damaged.lineage).toBeUndefined()
})

test('a comparison names exactly the tensors that differ, down to the lowest bit of one value', async () => {
  const base = await open(bert)
  const tuned = join(folder, 'tuned')
  const names = ['bert.encoder.layer.0.attention.self.query.weight', 'bert.encoder.layer.1.output.dense.bias']
  alteredCopy(bert, tuned, names.slice(0, 1))
  const path = join(tuned, 'model.safetensors')
  flip(path, tensorRanges(path).get(names[1]!)![1] - 4)
  const { id } = await open(tuned)
  const compared = await models.compareWeights(id, base.id, silentJob())
  expect(compared.lineage).toEqual({
    base: { id: base.id, name: 'bert', path: base.path },
    differences: {
      compared: 58,
      changed: { count: 2, names },
      added: { count: 0, names: [] },
      removed: { count: 0, names: [] }
    }
  })
  expect(models.info(id).lineage).toEqual(compared.lineage)
  const twin = await open(bert, 1)
  await expect(models.compareWeights(twin.id, base.id, silentJob())).rejects.toThrow(
    'bert (untrained, seed 1) has no stored tensors to compare; compare two trained checkpoints.'
  )
  const gpt2 = await open('test/fixtures/parity/gpt2')
  await expect(models.compareWeights(gpt2.id, base.id, silentJob())).rejects.toThrow(
    'The two models have no tensor in common; compare models of one family and size.'
  )
})

test('tensors under another prefix are the same tensors; others are added and removed; another shape is a change', async () => {
  const whole = openWeights(bert, bert)
  const renamed: Checkpoint = {
    ...whole,
    names: () => ['encoder.a', 'new'],
    describe: (name) => ({ ...whole.describe('bert.embeddings.LayerNorm.bias'), name }),
    readInto: (_, target, first) => whole.readInto('bert.embeddings.LayerNorm.bias', target, first)
  }
  const base = { ...renamed, names: () => ['bert.encoder.a', 'old'] }
  const canonical = (name: string): string => name.replace(/^bert\./, '')
  const differences = await compareWeights(renamed, base, silentJob(), canonical)
  expect(differences).toMatchObject({ compared: 1, changed: { count: 0 }, added: { names: ['new'] } })
  expect(differences.removed.names).toEqual(['old'])
  const wider = { ...base, describe: (name: string) => ({ ...base.describe(name), shape: [99] }) }
  expect((await compareWeights(renamed, wider, silentJob(), canonical)).changed.names).toEqual(['encoder.a'])
  whole.close()
})
