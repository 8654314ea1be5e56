import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { findModel } from '../../../src/main/engine/models/kinds'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import { requireMemory } from '../../../src/main/engine/models/memory/memoryPlan'
import { ModelService } from '../../../src/main/engine/services/modelService'

const root = mkdtempSync(join(tmpdir(), 'layerscope-mixture-'))
afterAll(() => rmSync(root, { recursive: true }))
beforeAll(async () => {
  await pickBackend({ prefer: 'wasm' })
})

/** Sizes of the checkpoints below. */
const [width, expertWidth, experts] = [32, 16, 8]
const stackBytes = 4 * experts * 2 * expertWidth * width

/** A GraniteMoE checkpoint of one layer, its experts stacked. Every weight is NaN: reading any of them is refused. */
function graniteMoe(): string {
  const folder = mkdtempSync(join(root, 'granite-'))
  const config = {
    model_type: 'granitemoe',
    architectures: ['GraniteMoeForCausalLM'],
    hidden_size: width,
    intermediate_size: expertWidth,
    num_attention_heads: 4,
    num_hidden_layers: 1,
    num_local_experts: experts,
    num_experts_per_tok: 2,
    vocab_size: 20,
    tie_word_embeddings: true
  }
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
  const layer = 'model.layers.0'
  const shapes: Record<string, number[]> = {
    'model.embed_tokens.weight': [20, width],
    'model.norm.weight': [width],
    [`${layer}.input_layernorm.weight`]: [width],
    [`${layer}.post_attention_layernorm.weight`]: [width],
    [`${layer}.block_sparse_moe.router.layer.weight`]: [experts, width],
    [`${layer}.block_sparse_moe.input_linear.weight`]: [experts, 2 * expertWidth, width],
    [`${layer}.block_sparse_moe.output_linear.weight`]: [experts, width, expertWidth]
  }
  for (const part of ['q', 'k', 'v', 'o']) shapes[`${layer}.self_attn.${part}_proj.weight`] = [width, width]
  writeFileSync(join(folder, 'model.safetensors'), allNaN(shapes))
  return folder
}

function allNaN(shapes: Record<string, number[]>): Buffer {
  let end = 0
  const header: Record<string, unknown> = {}
  for (const [name, shape] of Object.entries(shapes)) {
    const begin = end
    end += 4 * shape.reduce((product, extent) => product * extent, 1)
    header[name] = { dtype: 'F32', shape, data_offsets: [begin, end] }
  }
  const text = Buffer.from(JSON.stringify(header))
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([size, text, Buffer.alloc(end, 0xff)])
}

test('a mixture of experts too large for memory is refused before any weight is read', async () => {
  const folder = graniteMoe()
  const open = (available: number): Promise<unknown> =>
    new ModelService(() => ({ available, total: 2 ** 34, of: 'machine' })).open(folder, silentJob())
  await expect(open(2 ** 27)).rejects.toThrow(
    'needs 0.19 GiB of memory to open (0.0 million parameters as 32-bit numbers), but of this ' +
      "machine's 16.00 GiB only 0.13 GiB are free. Close other programs, open a smaller model"
  )
  // With room for it the weights are read.
  await expect(open(2 ** 33)).rejects.toThrow('holds NaN')
})

test('all experts of a mixture count, whether a token goes through them or not', async () => {
  const found = await findModel(graniteMoe())
  onTestFinished(() => found.close())
  const parameters = 20 * width + 3 * width + experts * width + 4 * width ** 2 + 3 * experts * expertWidth * width
  expect(found.plan(null)).toMatchObject({ parameters, held: 4 * (parameters + 20 * width) })
})

test('stacked experts are held one at a time: a limit below the stack does not refuse them', async () => {
  const found = await findModel(graniteMoe())
  onTestFinished(() => found.close())
  const memory = { available: 2 ** 33, total: 2 ** 34, of: 'machine' } as const
  expect(found.plan(null)!.largest).toBe(4 * width ** 2)
  vi.stubEnv('LAYERSCOPE_LARGEST_ARRAY', String(stackBytes / 2))
  onTestFinished(() => void vi.unstubAllEnvs())
  expect(() => requireMemory('Granite', found.plan(null)!, memory)).not.toThrow()
  vi.stubEnv('LAYERSCOPE_LARGEST_ARRAY', String(4 * width ** 2 - 1))
  expect(() => requireMemory('Granite', found.plan(null)!, memory)).toThrow('The largest matrix of Granite needs')
})

test('a matrix that two parts of a block hold counts twice: all that is held is planned', async () => {
  const folder = 'test/fixtures/parity/convbert--groups'
  const found = await findModel(folder)
  onTestFinished(() => found.close())
  const { held } = found.plan(null)!
  const before = tf.memory().numBytes
  const model = await loadModel(folder)
  onTestFinished(() => model.dispose())
  const vocabulary = 64
  const embeddingWidth = 32
  // The tied head is packed when its first scores are requested.
  expect(tf.memory().numBytes - before).toBe(held - 4 * vocabulary * embeddingWidth)
})
