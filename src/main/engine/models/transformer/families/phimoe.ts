import { usual } from '../config'
import type { ModelFamily } from '../family'
import { usualMixture } from '../mixture/config'
import { llama, llamaConfig, llamaWeights } from './llama'
import { mixtral } from './mixtral'

/** Phi-3.5-MoE. */
export const phimoe: ModelFamily = {
  ...llama,
  type: 'phimoe',
  title: 'Phi MoE',
  source: 'Abdin et al. 2024, https://arxiv.org/abs/2404.14219; router: https://arxiv.org/abs/2409.12136',
  config(reader) {
    const config = llamaConfig(reader)
    const chosen = reader.count('num_experts_per_tok', 2)
    if (chosen !== 2) throw reader.refusal('num_experts_per_tok', 'but the router of Phi MoE chooses 2')
    const mixture = {
      ...usualMixture,
      weights: 'sparseMixer',
      experts: reader.count('num_local_experts', 16),
      chosen,
      width: config.mlpWidth,
      activation: config.activation,
      closeness: reader.number('router_jitter_noise', 0.01)
    } as const
    const window = reader.optionalCount('sliding_window')
    return {
      ...config,
      normEpsilon: reader.epsilon('rms_norm_eps', 1e-5),
      norm: usual.norm,
      biases: { ...config.biases, mlp: false },
      blocks: config.blocks.map((place) => ({ ...place, window, feedForward: mixture })),
      head: config.head && { ...config.head, bias: reader.flag('lm_head_bias', false) }
    }
  },
  weights: { ...llamaWeights, mixture: mixtral.weights.mixture },
  head: { unembedding: 'lm_head', bias: ['lm_head.bias'] }
}
