import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ActivationStore } from '../../../src/main/engine/activations/store'
import { openSafetensors } from '../../../src/main/engine/checkpoints/safetensors'
import { readView } from '../../../src/main/engine/checkpoints/strided'
import { requireMemory } from '../../../src/main/engine/models/memory/memoryPlan'
import { resourcePath } from '../../../src/main/engine/paths'
import { requireArray } from '../../../src/main/engine/processes/largestArray'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'layerscope-largest-'))
  vi.stubEnv('LAYERSCOPE_LARGEST_ARRAY', '4000')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true })
})

const refusal = 'in one piece, and the desktop app can hold at most'

test('an array above the limit is refused with both sizes and a way out', () => {
  expect(() => requireArray(3.3e9, 'A layer of 200000 words', 2 ** 31 - 2 ** 21)).toThrow(
    'A layer of 200000 words needs 3.07 GiB in one piece, and the desktop app can hold at most 2.00 GiB. Open it in ' +
      'the browser (`npm start -- --browser`) or with the command line, which have no such limit.'
  )
  expect(() => requireArray(2 ** 31 - 2 ** 21, 'It', 2 ** 31 - 2 ** 21)).not.toThrow()
})

test('under plain Node there is no limit', () => {
  vi.stubEnv('LAYERSCOPE_LARGEST_ARRAY', '')
  expect(() => requireArray(1e15, 'It')).not.toThrow()
})

test('a model is refused by its largest matrix before it is read', () => {
  const plan = { parameters: 1e6, held: 4e6, peak: 5e6, largest: 4001, kept: null }
  const memory = { available: 1e9, total: 1e9, of: 'machine' } as const
  expect(() => requireMemory('Llama', plan, memory)).toThrow(`The largest matrix of Llama needs 0.00 GiB ${refusal}`)
  expect(() => requireMemory('Llama', { ...plan, largest: 4000 }, memory)).not.toThrow()
})

test('whole tensors of a checkpoint are; pieces of them are read', () => {
  const file = openSafetensors(resourcePath('models/all-MiniLM-L6-v2/model.safetensors'))
  try {
    const name = 'embeddings.word_embeddings.weight'
    expect(() => file.read(name)).toThrow(`The tensor ${name} needs 0.04 GiB ${refusal}`)
    const piece = new Float32Array(1000)
    file.readInto(name, piece, 0)
    expect(piece.some((value) => value !== 0)).toBe(true)
  } finally {
    file.close()
  }
})

test('a reordered tensor is', () => {
  const view = { shape: [40, 30], stride: [1, 40], offset: 0 }
  expect(() => readView(view, () => undefined)).toThrow(refusal)
})

test('a whole layer of word vectors is; its rows in part are read', async () => {
  const key = { model: 'm', words: 'w', pooling: 'first', sentences: 2, compute: 'c' } as const
  const store = ActivationStore.open(root, key, { layers: 0, rows: 400, width: 3 })
  expect(() => store.read(0)).toThrow(`A layer of 400 words needs 0.00 GiB ${refusal}`)
  expect(store.read(0, 0, 100)).toHaveLength(300)
})
