import { expect, test } from 'vitest'
import { ConfigReader } from '../../src/main/engine/models/transformer/configReader'
import { families, familyOf } from '../../src/main/engine/models/transformer/families'
import { alibiSlopes, distanceBucket, logBucket } from '../../src/main/engine/models/transformer/distances'
import { interpretConfig } from '../../src/main/engine/models/transformer/interpretConfig'
import { readRotary } from '../../src/main/engine/models/transformer/rotaryFrequencies'

const llama = {
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 64,
  vocab_size: 100,
  max_position_embeddings: 64
}
const t5 = { d_model: 32, num_layers: 2, num_heads: 4, d_ff: 64, vocab_size: 100 }
const bert = { ...llama, type_vocab_size: 2 }
const deberta = { ...bert, relative_attention: true, pos_att_type: ['c2p'] }

test.each([
  [
    'bert',
    { ...bert, position_embedding_type: 'relative_key' },
    'config.json: \'position_embedding_type\' is "relative_key", which Layerscope does not implement; it knows "absolute".'
  ],
  ['bert', { ...bert, is_decoder: true }, "'is_decoder' is true"],
  ['bert', { ...bert, hidden_act: 'mish' }, '\'hidden_act\' is "mish", an activation Layerscope does not know'],
  ['bert', { ...bert, hidden_size: undefined }, "'hidden_size' is missing; expected a whole number above 0."],
  ['albert', { ...bert, embedding_size: 16, inner_group_num: 2 }, "'inner_group_num' is 2"],
  ['squeezebert', { ...bert, embedding_size: 32, q_groups: 5 }, "'q_groups' is 5, which does not divide a matrix"],
  ['longt5', { ...t5, encoder_attention_type: 'full' }, '\'encoder_attention_type\' is "full"'],
  ['mobilebert', { ...bert, use_bottleneck: false }, "'use_bottleneck' is false"],
  ['mobilebert', { ...bert, key_query_shared_bottleneck: false }, "'key_query_shared_bottleneck' is false"],
  ['convbert', { ...bert, conv_kernel_size: 4 }, "'conv_kernel_size' is 4, but a convolution with as many tokens"],
  ['convbert', { ...bert, num_groups: 3 }, "'num_groups' is 3, which does not divide a matrix of 32 inputs and 64"],
  ['squeezebert', { ...bert, embedding_size: 16 }, "'embedding_size' is 16, but 'hidden_size' is 32"],
  ['squeezebert', { ...bert, embedding_size: 32, layer_norm_eps: 1e-5 }, "'layer_norm_eps' is 0.00001"],
  ['fnet', { ...bert, hidden_act: 'mish' }, '\'hidden_act\' is "mish"'],
  ['mpnet', { ...bert, relative_attention_num_buckets: 64 }, "'relative_attention_num_buckets' is 64"],
  ['deberta-v2', { ...deberta, conv_kernel_size: 3 }, "'conv_kernel_size' is 3"],
  ['deberta-v2', { ...deberta, relative_attention: false }, "'relative_attention' is false"],
  [
    'deberta-v2',
    { ...deberta, pos_att_type: 'c2p|p2p' },
    '\'pos_att_type\' is "c2p|p2p", of which Layerscope implements c2p and p2c.'
  ],
  ['xlnet', { ...llama, d_model: 32, n_layer: 2, n_head: 4, d_inner: 64, attn_type: 'uni' }, '\'attn_type\' is "uni"'],
  ['xlm', { ...llama, emb_dim: 32, n_layers: 2, n_heads: 4, causal: true }, "'causal' is true"],
  [
    'llama',
    { ...llama, rope_scaling: { rope_type: 'dynamic', factor: 2 } },
    '\'rope_scaling.rope_type\' is "dynamic", a scaling of rotary positions that Layerscope does not implement; it knows "default", "linear", "llama3", "yarn".'
  ],
  ['llama', { ...llama, rope_scaling: { type: 'longrope', factor: 2 } }, '\'rope_scaling.type\' is "longrope"'],
  [
    'llama',
    { ...llama, rope_parameters: { rope_type: 'dynamic', rope_theta: 10000 } },
    '\'rope_parameters.rope_type\' is "dynamic"'
  ],
  [
    'llama',
    { ...llama, rope_parameters: { rope_type: 'llama3', rope_theta: 10000 } },
    "'rope_parameters.factor' is missing; expected a number."
  ],
  ['llama', { ...llama, pretraining_tp: 2 }, "'pretraining_tp' is 2"],
  ['phi3', { ...llama, rope_scaling: { type: 'yarn', factor: 2 } }, '\'rope_scaling.type\' is "yarn"'],
  ['phi', { ...llama, qk_layernorm: true }, "'qk_layernorm' is true"],
  [
    'qwen2',
    { ...llama, layer_types: ['full_attention'] },
    '\'layer_types\' is ["full_attention"], but the model has 2 layers.'
  ],
  [
    'qwen2',
    { ...llama, layer_types: ['full_attention', 'linear_attention'] },
    'of which Layerscope implements full_attention and sliding_attention'
  ],
  ['gemma2', { ...llama, head_dim: 8, use_bidirectional_attention: true }, "'use_bidirectional_attention' is true"],
  [
    'gpt_neo',
    { ...llama, num_layers: 2, num_heads: 4, attention_types: [[['global'], 3]] },
    '\'attention_types\' is [[["global"],3]], which names 3 layers of 2.'
  ],
  ['opt', { ...llama, ffn_dim: 64, layer_norm_elementwise_affine: false }, "'layer_norm_elementwise_affine' is false"],
  [
    'marian',
    {
      ...llama,
      d_model: 32,
      encoder_layers: 2,
      encoder_attention_heads: 4,
      encoder_ffn_dim: 64,
      normalize_embedding: true
    },
    "'normalize_embedding' is true"
  ],
  [
    't5',
    { ...llama, d_model: 32, num_layers: 2, num_heads: 4, d_ff: 64, feed_forward_proj: 'gated-mish' },
    '\'feed_forward_proj\' is "mish"'
  ],
  [
    't5',
    { ...llama, d_model: 32, num_layers: 2, num_heads: 4, d_ff: 64, dense_act_fn: 'mish' },
    '\'dense_act_fn\' is "mish"'
  ],
  ['bert', { ...bert, layer_norm_eps: -1e-12 }, "'layer_norm_eps' is -1e-12; expected a number of at least 0."],
  ['llama', { ...llama, rms_norm_eps: -1 }, "'rms_norm_eps' is -1; expected a number of at least 0."],
  ['llama', { ...llama, rms_norm_eps: Infinity }, "'rms_norm_eps' is Infinity; expected a number."],
  ['llama', { ...llama, rope_theta: 0 }, "'rope_theta' is 0; expected a number above 0."],
  [
    'gemma2',
    { ...llama, head_dim: 8, attn_logit_softcapping: 0 },
    "'attn_logit_softcapping' is 0; expected a number above 0"
  ],
  [
    'bert',
    { ...bert, num_hidden_layers: 1e15 },
    "'num_hidden_layers' is 1000000000000000; expected a whole number of at most 2,147,483,647."
  ],
  [
    'bert',
    { ...bert, num_hidden_layers: 1e6 },
    'config.json has 1,000,000 layers; Layerscope runs models of up to 10,000.'
  ],
  ...['mamba', 'rwkv', 'fnet'].map((type): [string, Record<string, unknown>, string] => [
    type,
    { ...bert, num_hidden_layers: 1e6 },
    'config.json has 1,000,000 layers; Layerscope runs models of up to 10,000.'
  ]),
  [
    'bert',
    { ...bert, intermediate_size: 1e15 },
    "'intermediate_size' is 1000000000000000; expected a whole number of at most"
  ],
  ['gpt_neo', { ...llama, attention_types: [[['global'], 1e15]] }, 'which names 3 layers of 2.'],
  ['gpt_neo', { ...llama, attention_types: [['global', 2], null, 3] }, 'which names 0 layers of 2.'],
  [
    'llama',
    { ...llama, rope_parameters: { rope_type: 'linear', factor: 2, partial_rotary_factor: 0.5 } },
    "'rope_parameters.partial_rotary_factor' is 0.5, which this family does not implement together with the scaling"
  ],
  ['gpt_neox', { ...llama, head_dim: 16 }, "'head_dim' is 16"]
])('%s with an option that is not implemented is refused by the name of its field (%#)', (type, config, sentence) => {
  expect(() => familyOf(type).config(new ConfigReader(config))).toThrow(sentence)
})

test.each([
  ['falkon', 'The nearest that it runs is falcon'],
  ['funnel', `It runs ${families.length} families, among them bert, gpt2 and llama`],
  ['gemma5', 'The nearest that it runs are gemma, gemma2, gemma3'],
  ['qwen4', 'The nearest that it runs are qwen2, qwen3, qwen3_5'],
  ['xlm-roberta-xxl', 'The nearest that it runs are xlm-roberta-xl, xlm-roberta, xlm'],
  ['Bert', 'The nearest that it runs are bert, bart, albert'],
  [`x${'\u001b[31m'.repeat(1000)}`, `It runs ${families.length} families, among them bert, gpt2 and llama`]
])('a model_type that is not known (%#) is refused with what is near it', (type, hint) => {
  const refusal = (): unknown => familyOf(type)
  expect(refusal).toThrow(`, a family Layerscope does not run. ${hint}; docs/adding-a-model.md lists all.`)
})

test('families have names of their own', () => {
  expect(new Set(families.map(({ type }) => type)).size).toBe(families.length)
})

const theirs = (values: number[]): number[] => values.map((value) => expect.closeTo(value, 6) as unknown as number)

test('both spellings of rotary positions are one', () => {
  const scaling = { factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 32 }
  const old = readRotary(
    new ConfigReader({ ...llama, rope_theta: 500000, rope_scaling: { rope_type: 'llama3', ...scaling } }),
    { headWidth: 8 }
  )
  const present = readRotary(
    new ConfigReader({ ...llama, rope_parameters: { rope_type: 'llama3', rope_theta: 500000, ...scaling } }),
    { headWidth: 8 }
  )
  expect(old).toEqual(present)
})

test('rotary frequencies equal those of transformers (modeling_rope_utils, head width 16, theta 10000)', () => {
  const of = (scaling: object) =>
    readRotary(new ConfigReader({ ...llama, rope_parameters: { rope_theta: 10000, ...scaling } }), { headWidth: 16 })
  expect([...of({ rope_type: 'linear', factor: 2.5 }).frequencies]).toEqual(
    theirs([0.40000001, 0.1264911, 0.039999999, 0.012649111, 0.0039999997, 0.0012649111, 0.00040000002, 0.00012649111])
  )
  expect([
    ...of({
      rope_type: 'llama3',
      factor: 8.0,
      low_freq_factor: 1.0,
      high_freq_factor: 4.0,
      original_max_position_embeddings: 64
    }).frequencies
  ]).toEqual(theirs([1, 0.24438459, 0.013042256, 0.0039528473, 0.00125, 0.00039528473, 0.00012500001, 3.9528473e-5]))
  expect([...of({ rope_type: 'yarn', factor: 4.0, original_max_position_embeddings: 16 }).frequencies]).toEqual(
    theirs([1, 0.079056941, 0.025, 0.0079056947, 0.0024999999, 0.00079056947, 0.00025000001, 7.9056947e-5])
  )
  expect(of({ rope_type: 'yarn', factor: 4.0, original_max_position_embeddings: 16 }).factor).toBeCloseTo(1.13862944, 8)
  expect([
    ...of({
      rope_type: 'yarn',
      factor: 4.0,
      original_max_position_embeddings: 64,
      mscale: 0.7,
      mscale_all_dim: 1.3,
      beta_fast: 20,
      beta_slow: 2
    }).frequencies
  ]).toEqual(theirs([1, 0.19764236, 0.025, 0.0079056947, 0.0024999999, 0.00079056947, 0.00025000001, 7.9056947e-5]))
  expect(
    of({
      rope_type: 'yarn',
      factor: 4.0,
      original_max_position_embeddings: 64,
      mscale: 0.7,
      mscale_all_dim: 1.3,
      beta_fast: 20,
      beta_slow: 2
    }).factor
  ).toBeCloseTo(0.929523492, 8)
  expect([
    ...of({ rope_type: 'yarn', factor: 8.0, original_max_position_embeddings: 2048, attention_factor: 1.5 }).frequencies
  ]).toEqual(theirs([1, 0.31622776, 0.1, 0.024705295, 0.0056249998, 0.001087033, 0.00012500001, 3.9528473e-5]))
  expect(
    of({ rope_type: 'yarn', factor: 8.0, original_max_position_embeddings: 2048, attention_factor: 1.5 }).factor
  ).toBeCloseTo(1.5, 8)
})

test('slopes for numbers of heads that are not powers of two equal build_alibi_tensor of transformers', () => {
  expect(alibiSlopes(6)).toEqual(theirs([0.25, 0.0625, 0.015625, 0.00390625, 0.5, 0.125]))
  expect(alibiSlopes(12)).toEqual(
    theirs([
      0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625, 0.70710677, 0.35355338, 0.17677668,
      0.088388339
    ])
  )
  expect(alibiSlopes(8)).toEqual(theirs([0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625]))
})

test('buckets of distances equal those of transformers', () => {
  // [distance, bucket] wherever the bucket changes, from the lowest distance on
  const changes = (from: number, to: number, bucketOf: (distance: number) => number): number[][] => {
    const found: number[][] = []
    for (let d = from; d <= to; d++) if (d === from || bucketOf(d) !== bucketOf(d - 1)) found.push([d, bucketOf(d)])
    return found
  }
  expect(changes(-200, 200, (d) => distanceBucket(d, 32, 128))).toEqual([
    [-200, 15],
    [-90, 14],
    [-63, 13],
    [-45, 12],
    [-31, 11],
    [-22, 10],
    [-15, 9],
    [-11, 8],
    [-7, 7],
    [-6, 6],
    [-5, 5],
    [-4, 4],
    [-3, 3],
    [-2, 2],
    [-1, 1],
    [0, 0],
    [1, 17],
    [2, 18],
    [3, 19],
    [4, 20],
    [5, 21],
    [6, 22],
    [7, 23],
    [8, 24],
    [12, 25],
    [16, 26],
    [23, 27],
    [32, 28],
    [46, 29],
    [64, 30],
    [91, 31]
  ])
  expect(changes(-200, 200, (d) => distanceBucket(d, 8, 16))).toEqual([
    [-200, 3],
    [-5, 2],
    [-1, 1],
    [0, 0],
    [1, 5],
    [2, 6],
    [6, 7]
  ])
  expect(changes(-200, 200, (d) => distanceBucket(d, 20, 25))).toEqual([
    [-200, 9],
    [-18, 8],
    [-13, 7],
    [-9, 6],
    [-6, 5],
    [-4, 4],
    [-3, 3],
    [-2, 2],
    [-1, 1],
    [0, 0],
    [1, 11],
    [2, 12],
    [3, 13],
    [4, 14],
    [5, 15],
    [7, 16],
    [10, 17],
    [14, 18],
    [19, 19]
  ])
  expect(
    changes(-511, 511, (d) => logBucket(d, 256, 512)).reduce(
      (sum, [distance, bucket], i) => sum + (i + 1) * (distance! * 7 + bucket! * 13),
      0
    )
  ).toBe(255423203)
  expect(changes(-511, 511, (d) => logBucket(d, 16, 512))).toEqual([
    [-511, -15],
    [-282, -14],
    [-155, -13],
    [-86, -12],
    [-47, -11],
    [-26, -10],
    [-14, -9],
    [-8, -8],
    [-7, -7],
    [-6, -6],
    [-5, -5],
    [-4, -4],
    [-3, -3],
    [-2, -2],
    [-1, -1],
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 4],
    [5, 5],
    [6, 6],
    [7, 7],
    [8, 8],
    [9, 9],
    [15, 10],
    [27, 11],
    [48, 12],
    [87, 13],
    [156, 14],
    [283, 15]
  ])
  expect(changes(-19, 19, (d) => logBucket(d, 6, 20))).toEqual([
    [-19, -5],
    [-7, -4],
    [-3, -3],
    [-2, -2],
    [-1, -1],
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 4],
    [8, 5]
  ])
  expect(changes(-63, 63, (d) => logBucket(d, 8, 64))).toEqual([
    [-63, -7],
    [-25, -6],
    [-10, -5],
    [-4, -4],
    [-3, -3],
    [-2, -2],
    [-1, -1],
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 4],
    [5, 5],
    [11, 6],
    [26, 7]
  ])
})

test('rotary positions are checked in every block: the first may have none', () => {
  const config = { ...llama, model_type: 'recurrent_gemma', hidden_size: 24, num_hidden_layers: 3 }
  expect(() => interpretConfig(config)).toThrow(
    'config.json: rotary positions need 3 values of a head that is 6 wide; expected an even number that fits.'
  )
})

test('the MLPs of a Switch Transformer have no gate, whatever feed_forward_proj says', () => {
  const json = { ...t5, model_type: 'switch_transformers', feed_forward_proj: 'gated-gelu', is_gated_act: true }
  expect(interpretConfig(json).config).toMatchObject({ gated: false, activation: 'relu' })
})
