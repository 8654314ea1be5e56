import { rmsOfHeads } from '../config'
import type { ModelFamily } from '../family'
import { llama, llamaConfig } from './llama'
import { qwen3 } from './qwen3'
import { qwenMixtureNames, softmaxMixture, withMixtures } from './qwen2Moe'

export const qwen3Moe: ModelFamily = {
  ...llama,
  type: 'qwen3_moe',
  title: 'Qwen3 MoE',
  source: 'Yang et al. 2025, https://arxiv.org/abs/2505.09388',
  config(reader) {
    // Without the field heads share the model's width, and every layer has the window, unlike in Qwen3.
    const window = reader.flag('use_sliding_window', false) ? (reader.optionalCount('sliding_window') ?? 4096) : null
    const plain = llamaConfig(reader)
    const config = {
      ...plain,
      biases: { ...plain.biases, mlp: false },
      queryKeyNorm: rmsOfHeads,
      blocks: plain.blocks.map((place) => ({ ...place, window }))
    }
    return withMixtures(reader, config, softmaxMixture(reader, config, reader.count('moe_intermediate_size', 768)))
  },
  weights: { ...qwen3.weights, mixture: qwenMixtureNames }
}
