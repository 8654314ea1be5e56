import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BackendName } from '@shared/backend'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { availableMemory, requireMemory, type AvailableMemory } from '../../src/main/engine/models/memory/memoryPlan'
import { loadModel } from '../../src/main/engine/models/loadModel'
import { compareWithReference } from '../../src/main/engine/models/parity'
import { parityCases } from '../../src/main/engine/models/parityCases'
import { ModelService } from '../../src/main/engine/services/modelService'

const fixtures = 'test/fixtures/parity'
const shared = '../shared/parity'
const bundled = 'resources/models/all-MiniLM-L6-v2'
const folder = mkdtempSync(join(tmpdir(), 'layerscope-memory-'))
afterAll(() => rmSync(folder, { recursive: true }))

if (!existsSync(shared))
  console.warn(`The memory of the families in ${shared} was not predicted: the folder is not there.`)
/**
 * Of the set that is not committed, the families with something of their own to count: shared blocks, decoders left
 * unread, tied and gated.
 */
const more = existsSync(shared)
  ? parityCases(shared).filter(({ name }) => ['albert', 'bart', 'gemma', 'phi3', 'xlm'].includes(name))
  : []
const cases = [...parityCases(fixtures), ...more].filter(({ folder: path }) => existsSync(join(path, 'config.json')))

describe('the prediction from the header', () => {
  beforeAll(async () => {
    await pickBackend()
  })

  test.each(cases)('$folder: what is held is what was predicted', async ({ folder: path }) => {
    const before = tf.memory().numBytes
    const model = await loadModel(path)
    // The head that shares the embeddings is packed when logits are asked for.
    compareWithReference(model, path)
    const held = tf.memory().numBytes - before
    const predicted = model.info.memory.held
    model.dispose()
    // Packing fills up to whole panels, which matters in matrices as small as these; buffers are not distinguished
    // from weights.
    expect(held).toBeLessThanOrEqual(predicted * 1.45)
    expect(held).toBeGreaterThanOrEqual(predicted * 0.6)
  })

  test('a model of the usual size is predicted within two percent', async () => {
    const before = tf.memory().numBytes
    const model = await loadModel(bundled)
    model.run(
      { lengths: [3], ids: Int32Array.from([101, 2023, 102]), mask: null, segments: null },
      { hiddenStates: false, attentions: false }
    )
    const held = tf.memory().numBytes - before
    expect(Math.abs(held / model.info.memory.held - 1)).toBeLessThan(0.02)
    model.dispose()
  })
})

const gib = 2 ** 30
const plan = { parameters: 3_212_749_824, held: 12 * gib, peak: 13.5 * gib, largest: 1.5 * gib, kept: null }
test.each<[AvailableMemory, string]>([
  [
    { available: 5 * gib, total: 15.6 * gib, of: 'machine' },
    "Llama needs 13.50 GiB of memory to open (3212.7 million parameters as 32-bit numbers), but of this machine's " +
      '15.60 GiB only 5.00 GiB are free. Close other programs, open a smaller model, or open it where there is more ' +
      'memory.'
  ],
  [
    { available: gib, total: 8 * gib, of: 'container' },
    'Llama needs 13.50 GiB of memory to open (3212.7 million parameters as 32-bit numbers), but of this ' +
      "container's 8.00 GiB only 1.00 GiB are free. Close other programs, open a smaller model, or open it where " +
      'there is more memory.'
  ],
  [
    { available: 3.5 * gib, total: 4 * gib, of: 'wasm' },
    'Llama needs 13.50 GiB of memory to open (3212.7 million parameters as 32-bit numbers), but of the 4.00 GiB ' +
      'that WebAssembly can hold 3.50 GiB are free. Set up native TensorFlow (npm run setup), which can use all of ' +
      "the machine's memory, or open a smaller model."
  ]
])('a model that will not fit is refused with the numbers: %o', (memory, sentence) => {
  expect(() => requireMemory('Llama', plan, memory)).toThrow(sentence)
  expect(() => requireMemory('Llama', plan, memory, 13 * gib)).not.toThrow()
})

/** A checkpoint whose header promises more than any machine has; the file is a hole. */
function huge(): string {
  const path = join(folder, 'huge')
  cpSync(join(fixtures, 'llama'), path, { recursive: true })
  const config = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8')) as Record<string, unknown>
  const vocabulary = 2 ** 31 - 1
  writeFileSync(join(path, 'config.json'), JSON.stringify({ ...config, vocab_size: vocabulary }))
  const bytes = readFileSync(join(path, 'model.safetensors'))
  const length = Number(bytes.readBigUInt64LE())
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<
    string,
    { shape: number[]; data_offsets: number[] }
  >
  const table = header['model.embed_tokens.weight']!
  table.shape[0] = vocabulary
  let end = 0
  for (const entry of Object.values(header)) {
    if (!entry.data_offsets) continue
    const begin = end
    end += 4 * entry.shape.reduce((product, extent) => product * extent, 1)
    entry.data_offsets = [begin, end]
  }
  const text = Buffer.from(JSON.stringify(header))
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(text.length))
  writeFileSync(join(path, 'model.safetensors'), Buffer.concat([size, text]))
  truncateSync(join(path, 'model.safetensors'), 8 + text.length + end)
  return path
}

describe.each<BackendName>(['tensorflow', 'wasm'])('on %s', (backend) => {
  let available = true
  beforeAll(async () => {
    const report = await pickBackend({ prefer: backend })
    available = report.name === backend
    if (!available) console.warn(`Memory on ${backend} was not checked: ${report.tried[0]?.reason}`)
  })

  test('a checkpoint larger than the machine is refused by its header, whatever opens it', async (context) => {
    if (!available) return context.skip(`${backend} is not available on this machine`)
    const path = huge()
    const refused = new RegExp(
      '^huge needs \\d+\\.\\d\\d GiB of memory to open \\(\\d+\\.\\d million parameters as 32-bit numbers\\)' +
        (backend === 'wasm'
          ? ', but of the 4\\.00 GiB that WebAssembly can hold '
          : ", or \\d+\\.\\d\\d GiB a block at a time, but of this (machine|container)'s ")
    )
    await expect(loadModel(path)).rejects.toThrow(refused)
    await expect(new ModelService().open(path, silentJob())).rejects.toThrow(refused)
  })

  // The others share the machine's, which every program changes.
  if (backend !== 'wasm') return
  test('what is taken is no longer available', async () => {
    const before = availableMemory()
    const model = await loadModel(bundled)
    expect(before.of).toBe('wasm')
    expect(before.available - availableMemory().available).toBeGreaterThan(80e6)
    model.dispose()
    expect(availableMemory()).toEqual(before)
  })
})

describe('models that are kept', () => {
  const mib = 2 ** 20
  const names = ['bert', 'gpt2', 'llama']

  /** A service on a machine where that much is free at first; what is held by models counts. */
  function service(free: number, total: number): ModelService {
    const before = tf.memory().numBytes
    return new ModelService(() => ({ available: free - (tf.memory().numBytes - before), total, of: 'machine' }))
  }
  const isOpen = (models: ModelService, id: string): boolean => {
    try {
      models.get(id)
      return true
    } catch {
      return false
    }
  }

  test('all stay where there is room', async () => {
    const models = service(1024 * mib, 1024 * mib)
    const ids: string[] = []
    for (const name of names) ids.push((await models.open(join(fixtures, name), silentJob())).id)
    expect(ids.map((id) => isOpen(models, id))).toEqual([true, true, true])
  })

  test('those not used for longest make room for the new one', async () => {
    // Each takes some 193 MiB while it is opened, and a quarter of the machine is left to everything else: room beside
    // none.
    const before = tf.memory().numTensors
    const models = new ModelService(() => ({
      available: (tf.memory().numTensors > before ? 200 : 230) * mib,
      total: 60 * mib,
      of: 'machine'
    }))
    const ids: string[] = []
    for (const name of names) ids.push((await models.open(join(fixtures, name), silentJob())).id)
    expect(ids.map((id) => isOpen(models, id))).toEqual([false, false, true])
  })

  test('a model that cannot fit leaves the open ones alone, and one that is open is not opened twice', async () => {
    const models = service(210 * mib, 60 * mib)
    const small = await models.open(join(fixtures, 'bert'), silentJob())
    const tensors = tf.memory().numTensors
    await expect(models.open(bundled, silentJob())).rejects.toThrow('all-MiniLM-L6-v2 needs')
    expect((await models.open(join(fixtures, 'bert'), silentJob())).id).toBe(small.id)
    expect(tf.memory().numTensors).toBe(tensors)
    expect(isOpen(models, small.id)).toBe(true)
  })
})

describe('the check that the app offers', () => {
  let models: ModelService
  beforeAll(async () => {
    await pickBackend()
    models = new ModelService()
  })

  test.each(['bert', 'xlnet-segments', 'opt-post', 'bloom', 'llama'])(
    '%s: a sequence at a time gives what all together give',
    async (name) => {
      const path = join(fixtures, name)
      const info = await models.open(path, silentJob())
      expect(info.reference).toBe('beside')
      const check = await models.checkParity(info.id, silentJob())
      const together = compareWithReference(models.get(info.id), path)
      expect(check).toMatchObject({ ok: true, tolerance: 1e-4 })
      for (const kind of ['hiddenStates', 'attentions', 'logits', 'inside'] as const)
        expect(Math.abs((check[kind] ?? 0) - (together[kind] ?? 0)), kind).toBeLessThan(2e-6)
    }
  )

  test('the bundled model has its reference beside it, and agrees', async () => {
    const info = await models.open(bundled, silentJob())
    expect(info).toMatchObject({ reference: 'beside', licence: 'apache-2.0', files: ['model.safetensors'] })
    expect(await models.checkParity(info.id, silentJob())).toMatchObject({ ok: true, logits: null })
  })

  test('without a reference the check is refused', async () => {
    const path = join(folder, 'alone')
    cpSync(join(fixtures, 'bert'), path, { recursive: true })
    rmSync(join(path, 'expected.safetensors'))
    const info = await models.open(path, silentJob())
    // The same model is open from elsewhere, with a reference there: the files beside it in this folder count.
    expect(info).toMatchObject({ reference: 'none', path, name: 'alone' })
    await expect(models.checkParity(info.id, silentJob())).rejects.toThrow(
      `${path} has no reference beside the checkpoint: inputs.json and expected.safetensors. docs/parity.md says ` +
        'how to make them.'
    )
  })

  test('a reference of another checkpoint is not ok', async () => {
    const path = join(folder, 'other')
    cpSync(join(fixtures, 'llama-yarn'), path, { recursive: true })
    copyFileSync(join(fixtures, 'llama-llama3', 'inputs.json'), join(path, 'inputs.json'))
    copyFileSync(join(fixtures, 'llama-llama3', 'expected.safetensors'), join(path, 'expected.safetensors'))
    const info = await models.open(path, silentJob())
    expect((await models.checkParity(info.id, silentJob())).ok).toBe(false)
  })
})
