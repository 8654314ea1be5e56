import { rmsOfHeads } from '../config'
import type { ModelFamily } from '../family'
import { llama, llamaConfig, llamaWeights } from './llama'
import { qwenMixtureNames, softmaxMixture } from './qwen2Moe'

export const olmoe: ModelFamily = {
  ...llama,
  type: 'olmoe',
  title: 'OLMoE',
  source: 'Muennighoff et al. 2025, https://arxiv.org/abs/2409.02060',
  config(reader) {
    const config = llamaConfig(reader)
    const mixture = softmaxMixture(reader, config, config.mlpWidth)
    return {
      ...config,
      normEpsilon: reader.epsilon('rms_norm_eps', 1e-5),
      queryKeyNorm: { ...rmsOfHeads, over: 'projection' },
      queryKeyValueClip: reader.optionalPositive('clip_qkv'),
      biases: { ...config.biases, mlp: false },
      blocks: config.blocks.map((place) => ({ ...place, feedForward: mixture }))
    }
  },
  weights: {
    ...llamaWeights,
    queryNorm: 'layers.{i}.self_attn.q_norm',
    keyNorm: 'layers.{i}.self_attn.k_norm',
    mixture: qwenMixtureNames
  }
}
