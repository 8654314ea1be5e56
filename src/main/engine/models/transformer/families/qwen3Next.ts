import { rmsNorm, rmsOfHeads, type TransformerConfig } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily, WeightNames } from '../family'
import type { DeltaRuleConfig } from '../mixers/config'
import { llama, llamaConfig, llamaWeights } from './llama'
import { expertNames, qwenMixtureNames, softmaxMixture, withMixtures } from './qwen2Moe'

/** The gated delta rule, and in every fourth layer attention whose output is gated. */
export function qwenHybridConfig(reader: ConfigReader, byHead: boolean): TransformerConfig {
  const config = llamaConfig(reader, { partial: 0.25 })
  const types = reader.texts('layer_types')
  const every = reader.count('full_attention_interval', 4)
  if (types && types.length !== config.layers)
    throw reader.refusal('layer_types', `but the model has ${config.layers} layers`)
  if (types?.some((type) => type !== 'linear_attention' && type !== 'full_attention'))
    throw reader.refusal('layer_types', 'of which Layerscope implements linear_attention and full_attention')
  reader.only('hidden_act', ['silu', 'swish'])
  const mixer: DeltaRuleConfig = {
    kind: 'deltaRule',
    keyHeads: reader.count('linear_num_key_heads', 16),
    valueHeads: reader.count('linear_num_value_heads', 32),
    keyWidth: reader.count('linear_key_head_dim', 128),
    valueWidth: reader.count('linear_value_head_dim', 128),
    kernel: reader.count('linear_conv_kernel_dim', 4),
    normEpsilon: config.normEpsilon,
    byHead
  }
  if (mixer.valueHeads % mixer.keyHeads !== 0)
    throw reader.refusal('linear_num_value_heads', `which ${mixer.keyHeads} heads of keys cannot share evenly`)
  const recurs = (layer: number): boolean => (types ? types[layer] === 'linear_attention' : (layer + 1) % every !== 0)
  return {
    ...config,
    norm: { ...rmsNorm, offset: 1 },
    queryKeyNorm: rmsOfHeads,
    biases: { ...config.biases, mlp: false },
    blocks: config.blocks.map((place, i) =>
      recurs(i) ? { ...place, rotary: null, mixer } : { ...place, outputGate: true }
    )
  }
}

export const qwenHybridWeights = {
  ...llamaWeights,
  queryNorm: 'layers.{i}.self_attn.q_norm',
  keyNorm: 'layers.{i}.self_attn.k_norm',
  mixer: 'layers.{i}.linear_attn'
} as const satisfies WeightNames

export const qwen3Next: ModelFamily = {
  ...llama,
  type: 'qwen3_next',
  title: 'Qwen3-Next',
  source:
    'Qwen Team 2025, https://qwenlm.github.io/blog/qwen3_next/; gated delta rule: ' +
    'https://openreview.net/forum?id=r8H7xhYPwz',
  config(reader) {
    if (!reader.has('head_dim')) throw reader.refusal('head_dim', 'and Layerscope does not guess it')
    const config = qwenHybridConfig(reader, true)
    return withMixtures(reader, config, {
      ...softmaxMixture(reader, config, reader.count('moe_intermediate_size', 512), true),
      shared: { width: reader.count('shared_expert_intermediate_size', 512), weighed: true }
    })
  },
  weights: {
    ...qwenHybridWeights,
    mixture: {
      ...qwenMixtureNames,
      shared: expertNames('layers.{i}.mlp.shared_expert'),
      sharedGate: 'layers.{i}.mlp.shared_expert_gate'
    }
  },
  ignored: [...llama.ignored, /^mtp\./]
}
