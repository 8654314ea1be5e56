import { usual } from '../config'
import type { ModelFamily } from '../family'
import { llama, llamaConfig, llamaWeights } from './llama'

export const stablelm: ModelFamily = {
  ...llama,
  type: 'stablelm',
  title: 'StableLM',
  source: 'Bellagente et al. 2024, https://arxiv.org/abs/2402.17834',
  config(reader) {
    const config = llamaConfig(reader, { partial: 0.25, partialFields: ['partial_rotary_factor', 'rope_pct'] })
    return {
      ...config,
      normEpsilon: reader.epsilon('layer_norm_eps', 1e-5),
      norm: usual.norm,
      parallel: reader.flag('use_parallel_residual', false) ? 'sharedNorm' : 'no',
      biases: { queryKeyValue: reader.flag('use_qkv_bias', false), attentionOut: false, mlp: false },
      queryKeyNorm: reader.flag('qk_layernorm', false)
        ? { over: 'head', kind: 'layer', weights: 'byHead', bias: false, turned: false }
        : null
    }
  },
  weights: {
    ...llamaWeights,
    queryNorm: 'layers.{i}.self_attn.q_layernorm.norms.{h}',
    keyNorm: 'layers.{i}.self_attn.k_layernorm.norms.{h}'
  }
}
