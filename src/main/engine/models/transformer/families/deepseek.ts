import type { TransformerConfig } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily, WeightNames } from '../family'
import { latentHeadWidth, type LatentConfig } from '../latentConfig'
import { usualMixture, type MixtureConfig } from '../mixture/config'
import { readRotary } from '../rotaryFrequencies'
import { mixturesFrom, sigmoidMixture, sigmoidMixtureNames } from './glm4Moe'
import { llama, llamaConfig, llamaWeights } from './llama'
import { expertNames } from './qwen2Moe'

/** What YaRN multiplies the scale by, where `mscale_all_dim` asks for it (DeepSeek-AI 2024, section 3.1.4). */
function scaleOfYarn(reader: ConfigReader): number {
  const scaling = reader.object('rope_scaling') ?? reader.object('rope_parameters')
  if (!scaling || scaling.text(['rope_type', 'type'], 'default') === 'default') return 1
  const all = scaling.optionalNumber('mscale_all_dim')
  const factor = scaling.number('factor', 1)
  return all && factor > 1 ? (0.1 * all * Math.log(factor) + 1) ** 2 : 1
}

/** Latent attention in every block. */
function latentConfig(reader: ConfigReader, interleaved: boolean): TransformerConfig {
  const latent: LatentConfig = {
    queryRank: reader.optionalCount('q_lora_rank') ?? (reader.states('q_lora_rank') ? null : 1536),
    rank: reader.count('kv_lora_rank', 512),
    turnedWidth: reader.count('qk_rope_head_dim', 64),
    plainWidth: reader.count('qk_nope_head_dim', 128),
    valueWidth: reader.count('v_head_dim', 128),
    interleaved,
    bias: reader.flag('attention_bias', false)
  }
  const config = llamaConfig(reader)
  const width = latent.turnedWidth + latent.plainWidth
  const rotary = readRotary(reader, { headWidth: latent.turnedWidth })
  const scale = scaleOfYarn(reader) / Math.sqrt(width)
  return {
    ...config,
    // Every head has keys and values of its own, whatever the config says.
    keyValueHeads: config.heads,
    headWidth: latentHeadWidth(latent),
    biases: { ...config.biases, queryKeyValue: false },
    blocks: config.blocks.map((place) => ({ ...place, rotary, scale, latent }))
  }
}

const weights = { ...llamaWeights, latent: 'layers.{i}.self_attn' } as const satisfies WeightNames

/** Softmax over all experts, the weights of the best times a factor; or of the best groups. */
function greedyMixture(reader: ConfigReader, config: TransformerConfig): MixtureConfig {
  reader.only('topk_method', ['greedy', 'group_limited_greedy'])
  reader.only('scoring_func', ['softmax'])
  const grouped = reader.text('topk_method', 'greedy') === 'group_limited_greedy'
  const experts = reader.count(['n_routed_experts', 'num_local_experts'], 64)
  const width = reader.count('moe_intermediate_size', 1407)
  return {
    ...usualMixture,
    weights: 'probabilities',
    factor: reader.number('routed_scaling_factor', 1),
    groups: grouped ? { count: reader.count('n_group'), kept: reader.count('topk_group'), by: 'best' } : null,
    experts,
    chosen: reader.count('num_experts_per_tok'),
    width,
    activation: config.activation,
    shared: { width: width * reader.count('n_shared_experts', 2), weighed: false }
  }
}

export const deepseekV2: ModelFamily = {
  ...llama,
  type: 'deepseek_v2',
  title: 'DeepSeek-V2',
  source: 'DeepSeek-AI 2024, https://arxiv.org/abs/2405.04434',
  config(reader) {
    const config = latentConfig(reader, true)
    return { ...config, blocks: mixturesFrom(reader, config, greedyMixture(reader, config)) }
  },
  weights: {
    ...weights,
    mixture: {
      router: 'layers.{i}.mlp.gate',
      experts: expertNames('layers.{i}.mlp.experts.{e}'),
      shared: expertNames('layers.{i}.mlp.shared_experts')
    }
  }
}

export const deepseekV3: ModelFamily = {
  ...llama,
  type: 'deepseek_v3',
  title: 'DeepSeek-V3',
  source: 'DeepSeek-AI 2024, https://arxiv.org/abs/2412.19437',
  config(reader) {
    reader.only('scoring_func', ['sigmoid'])
    reader.only('topk_method', ['noaux_tc'])
    const config = latentConfig(reader, reader.flag('rope_interleave', true))
    const mixture = sigmoidMixture(reader, config, { groups: 8, kept: 4, factor: 2.5 })
    return {
      ...config,
      biases: { ...config.biases, mlp: false },
      blocks: mixturesFrom(reader, config, mixture, 3)
    }
  },
  weights: { ...weights, mixture: sigmoidMixtureNames },
  // A layer after the last that predicts the token after the next.
  ignored: [...llama.ignored, /^model\.layers\.61\./]
}
