import { rmsOfHeads } from '../config'
import type { ModelFamily } from '../family'
import { usualMixture } from '../mixture/config'
import { llama } from './llama'
import { lfm2Config, lfm2Weights } from './lfm2'

export const lfm2Moe: ModelFamily = {
  ...llama,
  type: 'lfm2_moe',
  title: 'LFM2 MoE',
  source: 'Liquid AI 2025, https://arxiv.org/abs/2511.23404',
  config(reader) {
    if (!reader.has('layer_types')) throw reader.refusal('layer_types', 'and without it the layers are not known')
    const config = lfm2Config(reader, () => true)
    const mixture = {
      ...usualMixture,
      score: 'sigmoid',
      weights: reader.flag('norm_topk_prob', true) ? 'normalised' : 'probabilities',
      sumEpsilon: 1e-6,
      factor: reader.number('routed_scaling_factor', 1),
      correction: reader.flag('use_expert_bias', true),
      experts: reader.count('num_experts', 32),
      chosen: reader.count('num_experts_per_tok', 4),
      width: reader.count('moe_intermediate_size', 1792),
      activation: config.activation
    } as const
    const dense = reader.number('num_dense_layers', 2)
    return {
      ...config,
      queryKeyNorm: rmsOfHeads,
      blocks: config.blocks.map((place, i) => (i < dense ? place : { ...place, feedForward: mixture }))
    }
  },
  weights: {
    ...lfm2Weights,
    mixture: {
      router: 'layers.{i}.feed_forward.gate',
      correction: 'layers.{i}.feed_forward.expert_bias',
      experts: {
        gate: 'layers.{i}.feed_forward.experts.{e}.w1',
        up: 'layers.{i}.feed_forward.experts.{e}.w3',
        down: 'layers.{i}.feed_forward.experts.{e}.w2'
      }
    }
  }
}
