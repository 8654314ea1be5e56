import { rmsOfHeads, type TransformerConfig } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'
import { usualMixture, type MixtureConfig } from '../mixture/config'
import type { MixtureNames } from '../mixture/load'
import { readRotary } from '../rotaryFrequencies'
import { llama, llamaConfig, llamaWeights } from './llama'
import { expertNames } from './qwen2Moe'

/**
 * The routing of DeepSeek-V3 (DeepSeek-AI 2024, section 2.1.2): sigmoid; experts are chosen by it and a stored
 * correction, of the best groups; weights are without the correction.
 */
export function sigmoidMixture(
  reader: ConfigReader,
  config: Pick<TransformerConfig, 'activation'>,
  usually = { groups: 1, kept: 1, factor: 1 }
): MixtureConfig {
  const width = reader.count('moe_intermediate_size')
  const experts = reader.count(['n_routed_experts', 'num_local_experts'])
  const groups = reader.count('n_group', usually.groups)
  if (experts % groups !== 0) throw reader.refusal('n_group', `but ${experts} experts cannot be in groups of one size`)
  const shared = reader.number('n_shared_experts', 1)
  return {
    ...usualMixture,
    score: 'sigmoid',
    weights: reader.flag('norm_topk_prob', true) ? 'normalised' : 'probabilities',
    sumEpsilon: 1e-20,
    factor: reader.number('routed_scaling_factor', usually.factor),
    groups: { count: groups, kept: reader.count('topk_group', usually.kept), by: 'bestTwo' },
    correction: true,
    experts,
    chosen: reader.count('num_experts_per_tok', 8),
    width,
    activation: config.activation,
    shared: shared > 0 ? { width: width * shared, weighed: false } : null
  }
}

/** A mixture in every block from `first_k_dense_replace` on. */
export function mixturesFrom(
  reader: ConfigReader,
  config: TransformerConfig,
  mixture: MixtureConfig,
  usually = 0
): TransformerConfig['blocks'] {
  const first = reader.number('first_k_dense_replace', usually)
  return config.blocks.map((place, i) => (i < first ? place : { ...place, feedForward: mixture }))
}

export const sigmoidMixtureNames: MixtureNames = {
  router: 'layers.{i}.mlp.gate',
  correction: 'layers.{i}.mlp.gate.e_score_correction_bias',
  experts: expertNames('layers.{i}.mlp.experts.{e}'),
  shared: expertNames('layers.{i}.mlp.shared_experts')
}

export const glm4Moe: ModelFamily = {
  ...llama,
  type: 'glm4_moe',
  title: 'GLM-4 MoE',
  source: 'GLM-4.5 Team 2025, https://arxiv.org/abs/2508.06471',
  config(reader) {
    const config = llamaConfig(reader)
    const rotary = readRotary(reader, { headWidth: config.headWidth, partial: 0.5 })
    return {
      ...config,
      normEpsilon: reader.epsilon('rms_norm_eps', 1e-5),
      biases: { ...config.biases, attentionOut: false, mlp: false },
      queryKeyNorm: reader.flag('use_qk_norm', false) ? rmsOfHeads : null,
      blocks: mixturesFrom(reader, config, sigmoidMixture(reader, config), 1).map((place) => ({ ...place, rotary }))
    }
  },
  weights: {
    ...llamaWeights,
    queryNorm: 'layers.{i}.self_attn.q_norm',
    keyNorm: 'layers.{i}.self_attn.k_norm',
    mixture: sigmoidMixtureNames
  },
  // Layers after the last that predict tokens further on (GLM-4.5 and GLM-4.5-Air).
  ignored: [...llama.ignored, /^model\.layers\.(46|92)\./]
}
