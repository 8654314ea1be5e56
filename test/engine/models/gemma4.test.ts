import { expect, test } from 'vitest'
import { configOfBlock } from '../../../src/main/engine/models/transformer/config'
import { ConfigReader } from '../../../src/main/engine/models/transformer/configReader'
import { gemma4 } from '../../../src/main/engine/models/transformer/families/gemma4'

const given = {
  hidden_size: 32,
  head_dim: 8,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  num_hidden_layers: 2,
  intermediate_size: 40,
  vocab_size: 80,
  vocab_size_per_layer_input: 80,
  hidden_size_per_layer_input: 6,
  layer_types: ['sliding_attention', 'full_attention'],
  sliding_window: 4,
  rope_parameters: {
    sliding_attention: { rope_type: 'default', rope_theta: 10_000 },
    full_attention: { rope_type: 'proportional', rope_theta: 1_000_000, partial_rotary_factor: 0.25 }
  }
}
const configOf = (fields: Record<string, unknown> = {}): ReturnType<typeof gemma4.config> =>
  gemma4.config(new ConfigReader({ ...given, ...fields }))

test("heads of full layers have a width of their own, by either of the files' fields", () => {
  const byLayer = configOf({ per_layer_config: { 1: { head_dim: 16 } } })
  const byField = configOf({ global_head_dim: 16 })
  for (const config of [byLayer, byField])
    expect([0, 1].map((block) => configOfBlock(config, block).headWidth)).toEqual([8, 16])
  expect(configOf().blocks[1]!.headWidth).toBe(512)
})

test('proportional positions have the frequencies of the whole head, the slowest of them 0', () => {
  const { blocks } = configOf({ global_head_dim: 16 })
  const { width, frequencies, factor } = blocks[1]!.rotary!
  // theta^(-2i / 16) for the first quarter of 8 pairs.
  expect([width, factor]).toEqual([16, 1])
  expect([...frequencies]).toEqual([1, Math.fround(1 / Math.fround(1e6 ** (2 / 16))), 0, 0, 0, 0, 0, 0])
  expect([...blocks[0]!.rotary!.frequencies].every((frequency) => frequency > 0)).toBe(true)
})

test('a model without embeddings for each layer says so by 0', () => {
  expect(configOf({ hidden_size_per_layer_input: 0 }).layerInputs).toBeNull()
  expect(configOf().layerInputs).toEqual({ width: 6, vocabulary: 80 })
})

test('the last layers take keys and values of the last layer of their type before them', () => {
  const types = ['sliding_attention', 'full_attention', 'sliding_attention', 'full_attention']
  const fields = { num_hidden_layers: 4, layer_types: types, num_kv_shared_layers: 2, use_double_wide_mlp: true }
  const { blocks } = configOf({ ...fields, attention_k_eq_v: true, num_global_key_value_heads: 1 })
  expect(blocks.map(({ keysOf }) => keysOf)).toEqual([undefined, undefined, 0, 1])
  expect(blocks.map(({ keysAreValues }) => keysAreValues ?? false)).toEqual([false, true, false, false])
  expect(blocks.map(({ keyValueHeads }) => keyValueHeads)).toEqual([2, 1, 2, 1])
  expect(blocks.map(({ mlpWidth }) => mlpWidth)).toEqual([undefined, undefined, 80, 80])
})

test('the last layer is a full one, whatever the config says', () => {
  const { blocks } = configOf({ layer_types: ['full_attention', 'sliding_attention'] })
  expect(blocks.map(({ window }) => window)).toEqual([null, null])
})

test.each([
  [{ enable_moe_block: true }, "'enable_moe_block' is true, which Layerscope"],
  [{ num_kv_shared_layers: 1, layer_types: ['full_attention', 'full_attention'], num_hidden_layers: 2 }, null],
  [{ num_kv_shared_layers: 2 }, "'num_kv_shared_layers' is 2, and no layer before those that share is sliding"],
  [{ num_kv_shared_layers: 1 }, "'num_kv_shared_layers' is 1, and no layer before those that share is full"]
])('%o is read, or refused by the name of its field', (fields, sentence) => {
  if (sentence === null) expect(configOf(fields).blocks[1]!.keysOf).toBe(0)
  else expect(() => configOf(fields)).toThrow(sentence)
})
