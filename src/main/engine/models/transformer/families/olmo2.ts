import type { ModelFamily } from '../family'
import { llama, llamaConfig, llamaWeights } from './llama'

export const olmo2: ModelFamily = {
  ...llama,
  type: 'olmo2',
  title: 'OLMo 2',
  source: 'OLMo Team 2025, https://arxiv.org/abs/2501.00656',
  config(reader) {
    const config = llamaConfig(reader)
    return {
      ...config,
      normEpsilon: reader.epsilon('rms_norm_eps', 1e-5),
      biases: { ...config.biases, mlp: false },
      normPlacement: 'output',
      queryKeyNorm: 'projection'
    }
  },
  weights: {
    ...llamaWeights,
    queryNorm: 'layers.{i}.self_attn.q_norm',
    keyNorm: 'layers.{i}.self_attn.k_norm',
    attentionOutputNorm: 'layers.{i}.post_attention_layernorm',
    mlpOutputNorm: 'layers.{i}.post_feedforward_layernorm'
  }
}
