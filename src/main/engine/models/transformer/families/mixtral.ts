import { usualMixture } from '../mixture/config'
import type { ModelFamily } from '../family'
import { llama, llamaWeights } from './llama'
import { mistral } from './mistral'

/** Mistral whose MLPs are mixtures: softmax over all experts, the weights of the best divided by their sum. */
export const mixtral: ModelFamily = {
  ...llama,
  type: 'mixtral',
  title: 'Mixtral',
  source: 'Jiang et al. 2024, https://arxiv.org/abs/2401.04088',
  config(reader) {
    const config = mistral.config(reader)
    const mixture = {
      ...usualMixture,
      experts: reader.count('num_local_experts', 8),
      chosen: reader.count('num_experts_per_tok', 2),
      width: config.mlpWidth,
      activation: config.activation
    }
    return { ...config, blocks: config.blocks.map((place) => ({ ...place, feedForward: mixture })) }
  },
  weights: {
    ...llamaWeights,
    mixture: {
      router: 'layers.{i}.block_sparse_moe.gate',
      experts: {
        gate: 'layers.{i}.block_sparse_moe.experts.{e}.w1',
        up: 'layers.{i}.block_sparse_moe.experts.{e}.w3',
        down: 'layers.{i}.block_sparse_moe.experts.{e}.w2'
      }
    }
  }
}
