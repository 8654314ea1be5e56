import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { openSafetensors } from '../../../src/main/engine/checkpoints/safetensors'
import { rememberBase } from '../../../src/main/engine/models/adapted/baseOf'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import { ModelService } from '../../../src/main/engine/services/modelService'

// Adapters that PEFT and AdapterHub's library made open on their base, and give what transformers computes with them.

const fixtures = 'test/fixtures/training/saved'
const bases = 'test/fixtures/parity'
const before = { ...process.env }
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-adapters-'))
  process.env['LAYERSCOPE_DATA'] = join(folder, 'data')
  process.env['LAYERSCOPE_CACHE'] = join(folder, 'cache')
  process.env['HF_HUB_CACHE'] = join(folder, 'hub')
  await pickBackend()
})
afterAll(() => {
  process.env = before
  rmSync(folder, { recursive: true, force: true })
})

async function lastHidden(path: string): Promise<Float32Array> {
  const model = await loadModel(path)
  const ids = Int32Array.from([5, 17, 9, 23, 4])
  const { hiddenStates } = model.run(
    { lengths: [ids.length], ids, mask: null, segments: null },
    { hiddenStates: true, attentions: false }
  )
  const values = hiddenStates.at(-1)!.dataSync<'float32'>()
  tf.dispose(hiddenStates)
  model.dispose()
  return values
}

function expected(name: string, tensor: string): Float32Array {
  const file = openSafetensors(join(fixtures, name, 'expected.safetensors'))
  try {
    return file.read(tensor)
  } finally {
    file.close()
  }
}

function farthest(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length)
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)
}

/** A copy of an adapter beside nothing, with a change of its config. */
function copied(name: string, change: (config: Record<string, unknown>) => void = () => undefined): string {
  const to = mkdtempSync(join(folder, 'copy-'))
  cpSync(join(fixtures, name), to, { recursive: true })
  const path = join(to, 'adapter_config.json')
  const config = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  config['base_model_name_or_path'] = resolve(bases, name.replace('peft-', ''))
  change(config)
  writeFileSync(path, JSON.stringify(config))
  return to
}

test.each(['peft-bert', 'peft-gpt2', 'peft-llama'])('%s: the last hidden state is that of PEFT', async (name) => {
  expect(farthest(await lastHidden(join(fixtures, name)), expected(name, 'hidden'))).toBeLessThan(2e-5)
  const base = await lastHidden(join(bases, name.replace('peft-', '')))
  expect(farthest(base, expected(name, 'hidden'))).toBeGreaterThan(0.1)
})

test.each(['hub-pfeiffer-bert', 'hub-houlsby-bert', 'hub-pfeiffer-gpt2', 'hub-pfeiffer-t5'])(
  "%s: the last hidden state is that of AdapterHub's library",
  async (name) => {
    const path = copied(name)
    rememberBase(path, join(bases, name.split('-').at(-1)!))
    expect(farthest(await lastHidden(path), expected(name, 'hidden'))).toBeLessThan(2e-5)
  }
)

test('the id hashes base and adapter, wherever they are; the lineage names the base', async () => {
  const models = new ModelService()
  const here = await models.open(join(fixtures, 'peft-bert'), silentJob())
  const base = await models.open(join(bases, 'bert'), silentJob())
  expect(here.id).not.toBe(base.id)
  expect(here.lineage?.base.path).toBe(resolve(bases, 'bert'))
  expect(here.lineage?.recipe).toMatchObject({ peft_type: 'LORA', r: 2, lora_alpha: 6 })
  expect(here.files).toEqual(['model.safetensors', 'adapter_model.safetensors'])
  const elsewhere = await models.open(copied('peft-bert'), silentJob())
  expect(elsewhere.id).toBe(here.id)
  const stronger = await models.open(
    copied('peft-bert', (config) => (config['lora_alpha'] = 7)),
    silentJob()
  )
  expect(stronger.id).not.toBe(here.id)
})

test('a base is found beside the adapter and in the cache, or given; otherwise a sentence says what to give', async () => {
  const named = (name: string): string => copied('peft-bert', (config) => (config['base_model_name_or_path'] = name))
  const alone = named('org/bert')
  await expect(loadModel(alone)).rejects.toThrow(
    `${alone} holds an adapter for "org/bert", not a model, and its base is neither in the cache nor beside it. Give ` +
      'the folder of its base (--base FOLDER, or Base in the window), or download it (layerscope fetch org/bert).'
  )
  const theirs = expected('peft-bert', 'hidden')

  const snapshot = join(folder, 'hub', 'models--org--bert', 'snapshots', 'a'.repeat(40))
  mkdirSync(join(snapshot, '..', '..', 'refs'), { recursive: true })
  writeFileSync(join(snapshot, '..', '..', 'refs', 'main'), 'a'.repeat(40))
  cpSync(join(bases, 'bert'), snapshot, { recursive: true })
  expect(farthest(await lastHidden(alone), theirs)).toBeLessThan(2e-5)
  renameSync(snapshot, join(folder, 'bert'))
  // Beside it now.
  expect(farthest(await lastHidden(alone), theirs)).toBeLessThan(2e-5)
  renameSync(join(folder, 'bert'), join(folder, 'elsewhere'))
  await expect(loadModel(alone)).rejects.toThrow('neither in the cache nor beside it')
  rememberBase(alone, join(folder, 'elsewhere'))
  expect(farthest(await lastHidden(alone), theirs)).toBeLessThan(2e-5)

  expect(() => rememberBase(join(bases, 'bert'), alone)).toThrow('holds no adapter, so it needs no base')
  expect(() => rememberBase(alone, folder)).toThrow('has no config.json')
})

test.each<[string, string, (config: Record<string, unknown>) => void, string]>([
  ['another kind', 'peft-bert', (config) => (config['peft_type'] = 'IA3'), 'the adapter is of type "IA3"'],
  [
    'DoRA',
    'peft-bert',
    (config) => (config['use_dora'] = true),
    "'use_dora' is set, which Layerscope does not compute"
  ],
  ['biases of LoRA', 'peft-bert', (config) => (config['lora_bias'] = true), "'lora_bias' is set"],
  ['copied layers', 'peft-bert', (config) => (config['layer_replication'] = [[0, 2]]), "'layer_replication' is set"],
  [
    'a pattern that is an expression',
    'peft-bert',
    (config) => (config['alpha_pattern'] = { '(a+)+$': 2 }),
    '"(a+)+$" in \'alpha_pattern\' is not the name of a module'
  ],
  ['alpha that is text', 'peft-bert', (config) => (config['lora_alpha'] = 'big'), "'lora_alpha': "],
  [
    'another base',
    'peft-bert',
    (config) => (config['base_model_name_or_path'] = resolve(bases, 'gpt2')),
    'which its base does not have. It was trained on another base'
  ],
  [
    'a base of another width',
    'peft-bert',
    (config) => (config['base_model_name_or_path'] = resolve('resources/models/all-MiniLM-L6-v2')),
    'which do not fit'
  ]
])('refused by a sentence: %s', async (_, name, change, sentence) => {
  await expect(loadModel(copied(name, change))).rejects.toThrow(sentence)
})

test('an adapter without weights, and one that is cut short', async () => {
  const without = copied('peft-bert')
  rmSync(join(without, 'adapter_model.safetensors'))
  await expect(loadModel(without)).rejects.toThrow('neither adapter_model.safetensors nor adapter_model.bin')
  const cut = copied('peft-bert')
  const path = join(cut, 'adapter_model.safetensors')
  writeFileSync(path, readFileSync(path).subarray(0, 5000))
  await expect(loadModel(cut)).rejects.toThrow('adapter_model.safetensors is cut short or damaged')
})
