import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import { openOwnHead } from '../../../src/main/engine/training/saved/ownHead'
import { first, houlsby, trained } from './savedModels'

let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-damaged-models-'))
  await pickBackend()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a damaged or hostile folder is refused by a sentence', () => {
  let source: string
  let copies = 0
  beforeAll(async () => {
    source = join(folder, 'whole')
    await trained('test/fixtures/parity/bert', { ...first, pooling: 'mean' }, source, houlsby)
  })

  function changed(file: string, change: (json: Record<string, unknown>) => void): string {
    const to = join(folder, `changed-${copies++}`)
    cpSync(source, to, { recursive: true })
    const json = JSON.parse(readFileSync(join(to, file), 'utf8')) as Record<string, unknown>
    change(json)
    writeFileSync(join(to, file), JSON.stringify(json))
    return to
  }
  const head = (json: Record<string, unknown>): Record<string, unknown> => json['head'] as Record<string, unknown>
  const config = (json: Record<string, unknown>): Record<string, unknown> => json['config'] as Record<string, unknown>

  test.each<[string, (json: Record<string, unknown>) => void, string]>([
    [
      'a head elsewhere',
      (json) => (head(json)['file'] = '../../secret.safetensors'),
      "The head of the model is in '../../secret.safetensors'; expected model.safetensors or"
    ],
    ['an unknown head', (json) => (head(json)['kind'] = 'tree'), "The head of the model is 'tree', which this version"],
    [
      'a missing tensor',
      (json) => (head(json)['tensors'] = { weight: 'weight' }),
      "layerscope.json does not say where 'dense.weight' of the head is."
    ],
    ['no labels', (json) => (head(json)['labels'] = 3), "is not of the documented form (field 'head.labels')"]
  ])('%s', (_, change, sentence) => {
    expect(() => openOwnHead(changed('layerscope.json', change))).toThrow(sentence)
  })

  test.each<[string, (json: Record<string, unknown>) => void, string]>([
    ['a parallel adapter', (json) => (config(json)['is_parallel'] = true), "'is_parallel' is set, which Layerscope"],
    [
      'what is added to the norm of the sum',
      (json) => Object.assign(config(json), { original_ln_before: true, residual_before_ln: 'post_add' }),
      '\'residual_before_ln\' is "post_add"'
    ],
    ['no norm afterwards', (json) => (config(json)['original_ln_after'] = false), "'config.original_ln_after'"],
    ['another architecture', (json) => (config(json)['architecture'] = 'lora'), 'of the architecture "lora"'],
    ['an activation', (json) => (config(json)['non_linearity'] = '__proto__'), 'the activation "__proto__" is not'],
    ['a learned factor', (json) => (config(json)['scaling'] = 'learned'), "'config.scaling': "]
  ])('%s', async (_, change, sentence) => {
    await expect(loadModel(changed('adapters/adapter_config.json', change))).rejects.toThrow(sentence)
  })

  test('adapters that are gone', async () => {
    const path = changed('layerscope.json', () => undefined)
    rmSync(join(path, 'adapters'), { recursive: true })
    await expect(loadModel(path)).rejects.toThrow('was trained with adapters, but they are missing')
  })

  test('an adapter by itself opens on the model beside it', async () => {
    const path = changed('layerscope.json', (json) => delete json['adapters'])
    const whole = await loadModel(source)
    const adapter = await loadModel(join(path, 'adapters'))
    expect(adapter.info.id).toBe(whole.info.id)
    whole.dispose()
    adapter.dispose()
  })
})
