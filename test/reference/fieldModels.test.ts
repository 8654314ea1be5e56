import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isUserError } from '@shared/userError'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { loadModel } from '../../src/main/engine/models/loadModel'
import { compareWithReference } from '../../src/main/engine/models/parity'
import { refuseUnknown } from '../../src/main/engine/wordVectors/format'

/** Checkpoints as people have them, read from ../shared/field-cases where it is there: right, or refused in a sentence. */
const shared = '../shared/field-cases'
const there = existsSync(shared)
if (!there) console.warn(`The field cases of models were not tried: ${shared} is not there.`)

let folder: string
beforeAll(async () => {
  await pickBackend({ prefer: 'cpu' })
  folder = mkdtempSync(join(tmpdir(), 'layerscope-field-'))
  process.env['LAYERSCOPE_CACHE'] = join(folder, 'cache')
})
afterAll(() => {
  delete process.env['LAYERSCOPE_CACHE']
  rmSync(folder, { recursive: true })
})

async function outcome(path: string): Promise<string> {
  try {
    const model = await loadModel(path)
    const reference = existsSync(join(path, 'expected.safetensors'))
    const ok = !reference || compareWithReference(model, path).ok
    model.dispose()
    return ok ? 'right' : 'wrong'
  } catch (error) {
    if (!isUserError(error)) throw error
    return error.message
  }
}

describe.skipIf(!there)('the field cases of models', () => {
  test.each([
    ['f13-tied-but-own-head/llama', 'right'],
    ['f14-header-is-null/bert', 'its header is not a JSON object'],
    ['f15-lfs-pointer-safetensors/bert', 'is a pointer that Git LFS left in place of the file'],
    ['f16-prefix-module/bert', 'right'],
    ['f17-adapter-folder/adapter', 'holds an adapter for "bert-base-uncased", not a model, and its base is neither'],
    ['f23-config-with-infinity/bert', 'right'],
    [
      'f25-sentence-transformers-old/model',
      'is a folder of sentence-transformers with the model in 0_Transformer; open'
    ],
    ['f27-overlapping-tensors/bert', 'overlap (from byte'],
    ['hardening/config-layers-1e15', "'num_hidden_layers' is 1000000000000000"],
    ['hardening/layer-norm-eps-negative', "'layer_norm_eps' is -"],
    ['hardening/safetensors-escape-in-type', 'as \\u001b'],
    ['hardening/safetensors-header-null', 'its header is not a JSON object'],
    ['hardening/tokenizer-precompiled-damaged', "its 'precompiled_charsmap' is not one that SentencePiece makes"]
  ])('%s', async (name, expected) => {
    expect(await outcome(join(shared, name))).toContain(expected)
  })

  test('f26-gguf', async () => {
    const file = join(
      shared,
      'f26-gguf',
      readdirSync(join(shared, 'f26-gguf')).find((name) => name.endsWith('.gguf'))!
    )
    await expect(refuseUnknown(file)).rejects.toThrow('this is a GGUF file, quantised weights for llama.cpp')
  })

  test('hardening/safetensors-many-names', async () => {
    const path = join(folder, 'many')
    cpSync('test/fixtures/parity/bert', path, { recursive: true })
    const make = join(shared, 'hardening/safetensors-many-names/make.mjs')
    execFileSync(process.execPath, [
      make,
      'test/fixtures/parity/bert/model.safetensors',
      join(path, 'model.safetensors')
    ])
    expect(await outcome(path)).toBe('right')
  })
})
