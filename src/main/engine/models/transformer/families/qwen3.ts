import { rmsOfHeads } from '../config'
import type { ModelFamily } from '../family'
import { llama, llamaWeights } from './llama'
import { qwenConfig } from './qwen2'

export const qwen3: ModelFamily = {
  ...llama,
  type: 'qwen3',
  title: 'Qwen3',
  source: 'Yang et al. 2025, https://arxiv.org/abs/2505.09388',
  config(reader) {
    const config = qwenConfig(reader)
    // A config that leaves the width of a head out means 128, not a share of the model's width.
    if (!reader.has('head_dim')) throw reader.refusal('head_dim', 'and Layerscope does not guess it')
    return { ...config, queryKeyNorm: rmsOfHeads }
  },
  weights: { ...llamaWeights, queryNorm: 'layers.{i}.self_attn.q_norm', keyNorm: 'layers.{i}.self_attn.k_norm' }
}
