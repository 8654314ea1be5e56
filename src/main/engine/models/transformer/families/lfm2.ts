import { rmsOfHeads, type TransformerConfig } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily, WeightNames } from '../family'
import { llama, llamaConfig, llamaWeights } from './llama'

/** Short convolutions, and attention in some layers. @param attends whether a layer has attention without a list */
export function lfm2Config(reader: ConfigReader, attends: (layer: number) => boolean): TransformerConfig {
  const config = llamaConfig(reader)
  const types = reader.texts('layer_types')
  if (types && types.length !== config.layers)
    throw reader.refusal('layer_types', `but the model has ${config.layers} layers`)
  if (types?.some((type) => type !== 'conv' && type !== 'full_attention'))
    throw reader.refusal('layer_types', 'of which Layerscope implements conv and full_attention')
  const mixer = {
    kind: 'shortConvolution',
    inner: config.width,
    kernel: reader.count('conv_L_cache', 3),
    bias: reader.flag('conv_bias', false)
  } as const
  const convolves = (layer: number): boolean => (types ? types[layer] === 'conv' : !attends(layer))
  return {
    ...config,
    normEpsilon: reader.epsilon('norm_eps', 1e-5),
    biases: { ...config.biases, queryKeyValue: false, attentionOut: false, mlp: false },
    blocks: config.blocks.map((place, i) => (convolves(i) ? { ...place, rotary: null, mixer } : place)),
    head: config.head && {
      ...config.head,
      tied: reader.has('tie_embedding') ? reader.flag('tie_embedding', true) : reader.flag('tie_word_embeddings', true)
    }
  }
}

export const lfm2Weights = {
  ...llamaWeights,
  queryNorm: 'layers.{i}.self_attn.q_layernorm',
  keyNorm: 'layers.{i}.self_attn.k_layernorm',
  attentionOut: 'layers.{i}.self_attn.out_proj',
  attentionNorm: 'layers.{i}.operator_norm',
  mixer: 'layers.{i}.conv',
  mlpIn: 'layers.{i}.feed_forward.w3',
  mlpGate: 'layers.{i}.feed_forward.w1',
  mlpOut: 'layers.{i}.feed_forward.w2',
  mlpNorm: 'layers.{i}.ffn_norm',
  finalNorm: 'embedding_norm'
} as const satisfies WeightNames

/** Width of the MLP, which older files give before it is made two thirds and a multiple. */
function adjustedWidth(reader: ConfigReader): number {
  const width = reader.count(['block_ff_dim', 'intermediate_size'], 12_288)
  if (!reader.flag('block_auto_adjust_ff_dim', true)) return width
  const share = Math.floor((2 * width) / 3)
  const multiplier = reader.states('block_ffn_dim_multiplier') ? reader.optionalPositive('block_ffn_dim_multiplier') : 1
  if (multiplier === null) return share
  const multiple = reader.count('block_multiple_of', 256)
  return multiple * Math.ceil(Math.floor(multiplier * share) / multiple)
}

export const lfm2: ModelFamily = {
  ...llama,
  type: 'lfm2',
  title: 'LFM2',
  source: 'Liquid AI 2025, https://arxiv.org/abs/2511.23404',
  config(reader) {
    const attending = reader.integers('full_attn_idxs')
    const config = lfm2Config(reader, (layer) => attending?.includes(layer) ?? true)
    return { ...config, queryKeyNorm: rmsOfHeads, mlpWidth: adjustedWidth(reader) }
  },
  weights: lfm2Weights
}
