import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'
import type { MambaConfig } from '../mixers/config'
import { usualMixture } from '../mixture/config'
import { llama, llamaConfig, llamaWeights } from './llama'
import { expertNames } from './qwen2Moe'

/** Layers of a kind: every `period`-th, from `offset` on. */
function every(reader: ConfigReader, kind: string, period: number, offset: number): (layer: number) => boolean {
  const each = reader.count(`${kind}_layer_period`, period)
  const first = reader.number(`${kind}_layer_offset`, offset)
  if (first >= each) throw reader.refusal(`${kind}_layer_offset`, `which is not below the period of ${each}`)
  return (layer) => layer % each === first
}

/** Mamba and attention without positions, MLPs and mixtures, in turn. */
export const jamba: ModelFamily = {
  ...llama,
  type: 'jamba',
  title: 'Jamba',
  source: 'Lieber et al. 2024, https://arxiv.org/abs/2403.19887',
  config(reader) {
    const config = llamaConfig(reader)
    const rank = reader.value('mamba_dt_rank')
    const mixer: MambaConfig = {
      kind: 'mamba',
      inner: Math.floor(reader.positive('mamba_expand', 2) * config.width),
      state: reader.count('mamba_d_state', 16),
      rank: rank === undefined || rank === 'auto' ? Math.ceil(config.width / 16) : reader.count('mamba_dt_rank'),
      kernel: reader.count('mamba_d_conv', 4),
      convolutionBias: reader.flag('mamba_conv_bias', true),
      bias: reader.flag('mamba_proj_bias', false),
      norms: 'weighted',
      normEpsilon: config.normEpsilon
    }
    const experts = reader.count('num_experts', 16)
    const mixture = {
      ...usualMixture,
      weights: 'probabilities',
      experts,
      chosen: reader.count('num_experts_per_tok', 2),
      width: config.mlpWidth,
      activation: config.activation
    } as const
    const attends = every(reader, 'attn', 8, 4)
    const mixes = every(reader, 'expert', 2, 1)
    return {
      ...config,
      biases: { ...config.biases, queryKeyValue: false, attentionOut: false, mlp: false },
      blocks: config.blocks.map((place, i) => ({
        ...place,
        rotary: null,
        ...(attends(i) ? {} : { mixer }),
        ...(experts > 1 && mixes(i) ? { feedForward: mixture } : {})
      }))
    }
  },
  weights: {
    ...llamaWeights,
    mixer: 'layers.{i}.mamba',
    mlpIn: 'layers.{i}.feed_forward.up_proj',
    mlpGate: 'layers.{i}.feed_forward.gate_proj',
    mlpOut: 'layers.{i}.feed_forward.down_proj',
    mlpNorm: 'layers.{i}.pre_ff_layernorm',
    mixture: {
      router: 'layers.{i}.feed_forward.router',
      experts: expertNames('layers.{i}.feed_forward.experts.{e}')
    },
    finalNorm: 'final_layernorm'
  }
}
