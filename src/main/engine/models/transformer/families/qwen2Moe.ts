import type { TransformerConfig } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'
import { usualMixture, type MixtureConfig } from '../mixture/config'
import type { MixtureNames } from '../mixture/load'
import { llama, llamaWeights } from './llama'
import { qwenConfig } from './qwen2'

/**
 * Softmax over all experts; the weights of the best are divided by their sum where `norm_topk_prob`, or where
 * `normalised` and the field is missing.
 */
export function softmaxMixture(
  reader: ConfigReader,
  config: TransformerConfig,
  width: number,
  normalised = false
): MixtureConfig {
  return {
    ...usualMixture,
    weights: reader.flag('norm_topk_prob', normalised) ? 'normalised' : 'probabilities',
    experts: reader.count(['num_local_experts', 'num_experts']),
    chosen: reader.count('num_experts_per_tok', 8),
    width,
    activation: config.activation
  }
}

/** A mixture in every `decoder_sparse_step`-th block, but for those of `mlp_only_layers`. */
export function withMixtures(
  reader: ConfigReader,
  config: TransformerConfig,
  mixture: MixtureConfig
): TransformerConfig {
  const dense = new Set(reader.integers('mlp_only_layers') ?? [])
  const step = reader.count('decoder_sparse_step', 1)
  const blocks = config.blocks.map((place, i) =>
    dense.has(i) || (i + 1) % step !== 0 ? place : { ...place, feedForward: mixture }
  )
  return { ...config, blocks }
}

/** Names of an MLP in Llama's spelling under a stem. */
export function expertNames(stem: string): MixtureNames['experts'] & { gate: string } {
  return { gate: `${stem}.gate_proj`, up: `${stem}.up_proj`, down: `${stem}.down_proj` }
}

export const qwenMixtureNames: MixtureNames = {
  router: 'layers.{i}.mlp.gate',
  experts: expertNames('layers.{i}.mlp.experts.{e}')
}

export const qwen2Moe: ModelFamily = {
  ...llama,
  type: 'qwen2_moe',
  title: 'Qwen2 MoE',
  source: 'Qwen Team 2024, https://qwenlm.github.io/blog/qwen-moe/; Qwen2: https://arxiv.org/abs/2407.10671',
  config(reader) {
    const config = {
      ...qwenConfig(reader),
      biases: { queryKeyValue: reader.flag('qkv_bias', true), attentionOut: false, mlp: false }
    }
    return withMixtures(reader, config, {
      ...softmaxMixture(reader, config, reader.count('moe_intermediate_size')),
      shared: { width: reader.count('shared_expert_intermediate_size'), weighed: true }
    })
  },
  weights: {
    ...llamaWeights,
    mixture: {
      ...qwenMixtureNames,
      shared: expertNames('layers.{i}.mlp.shared_expert'),
      sharedGate: 'layers.{i}.mlp.shared_expert_gate'
    }
  }
}
