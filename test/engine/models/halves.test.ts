import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { activeKernels } from '../../../src/main/engine/backends/activeKernels'
import type { Kernels } from '../../../src/main/engine/backends/kernels'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { nativeState } from '../../../src/main/engine/backends/provision/provision'
import { openModelFolder } from '../../../src/main/engine/models/adapted/modelFolder'
import { findModel } from '../../../src/main/engine/models/kinds'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import { forward } from '../../../src/main/engine/models/transformer/transformer'
import { WeightReader } from '../../../src/main/engine/models/transformer/weightReader'
import { loadWeights } from '../../../src/main/engine/models/transformer/weights'

const fixtures = 'test/fixtures/parity'
const folder = mkdtempSync(join(tmpdir(), 'layerscope-halves-'))
afterAll(() => rmSync(folder, { recursive: true }))

const native = nativeState()
if (native.state !== 'ready') console.warn(`Weights of 16 bits are left out of this run: ${native.reason}`)

/** Logits, hidden states and maps, through weights that were read for the given kernels. */
function valuesOf(path: string, reading: Kernels): Float32Array[] {
  const { checkpoint, family, config } = openModelFolder(path)
  const { weights } = loadWeights(new WeightReader(checkpoint, family.title, reading), family, config)
  checkpoint.close()
  const input = { lengths: [5, 3], ids: Int32Array.of(7, 31, 12, 70, 9, 44, 5, 6), mask: null, segments: null }
  const wanted = { hiddenStates: true, attentions: true, logits: true }
  const { hiddenStates, attentions, logits } = forward(activeKernels(), config, weights, input, wanted)
  const tensors = [...hiddenStates, ...attentions.filter((map) => map !== null), logits!]
  const values = tensors.map((tensor) => tensor.dataSync<'float32'>())
  tf.dispose([...tensors, weights as unknown as tf.TensorContainer])
  return values
}

describe.runIf(native.state === 'ready')('on native TensorFlow', () => {
  beforeAll(async () => {
    await pickBackend({ prefer: 'tensorflow' })
  })

  test.each(['bert--f16', 'gpt2--bf16', 'llama--f16', 'mixtral--bf16'])(
    '%s: the same bits as with widened weights',
    (name) => {
      const path = join(fixtures, name)
      const widened = valuesOf(path, { ...activeKernels(), halves: null })
      const before = tf.memory().numTensors
      expect(valuesOf(path, activeKernels())).toEqual(widened)
      expect(tf.memory().numTensors).toBe(before)
    }
  )

  test('takes half of the memory, which is predicted; an untrained twin, drawn in 32 bits, does not', async () => {
    const bundled = 'resources/models/all-MiniLM-L6-v2'
    const before = tf.memory().numBytes
    const model = await loadModel(bundled)
    const held = tf.memory().numBytes - before
    model.dispose()
    expect(model.info.memory.kept).toBe('F16')
    expect(held / (2 * model.info.parameters)).toBeLessThan(1.03)
    expect(Math.abs(held / model.info.memory.held - 1)).toBeLessThan(0.01)
    const found = await findModel(bundled)
    expect(Math.abs(found.plan(1)!.held / (2 * model.info.memory.held) - 1)).toBeLessThan(0.02)
    expect(found.plan(1)!.kept).toBeNull()
    found.close()
  })

  test('a number that is none is refused by its place', async () => {
    const path = join(folder, 'damaged')
    cpSync(join(fixtures, 'llama--f16'), path, { recursive: true })
    const file = join(path, 'model.safetensors')
    const bytes = readFileSync(file)
    const header = Number(bytes.readBigUInt64LE())
    const name = 'model.layers.1.mlp.down_proj.weight'
    const tensors = JSON.parse(bytes.subarray(8, 8 + header).toString()) as Record<string, { data_offsets: number[] }>
    bytes.writeUInt16LE(0xfc00, 8 + header + tensors[name]!.data_offsets[0]! + 2 * 65)
    writeFileSync(file, bytes)
    await expect(loadModel(path)).rejects.toThrow(`The tensor '${name}' holds -Infinity at row 1, column 1`)
  })
})

test('on WebAssembly weights are widened, and the description says so', async () => {
  await pickBackend({ prefer: 'wasm' })
  const model = await loadModel(join(fixtures, 'bert--f16'))
  expect(model.info.memory.kept).toBeUndefined()
  model.dispose()
})
