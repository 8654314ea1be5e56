import type { ModelFamily } from '../family'
import { llama, llamaConfig, llamaWeights } from './llama'

/** The float weights of BitNet; those that a config asks to be quantised are refused. */
export const bitnet: ModelFamily = {
  ...llama,
  type: 'bitnet',
  title: 'BitNet',
  source: 'Ma et al. 2025, https://arxiv.org/abs/2504.12285',
  config(reader) {
    const config = llamaConfig(reader, { theta: 500_000 })
    return {
      ...config,
      activation: reader.activation('hidden_act', 'relu2'),
      normEpsilon: reader.epsilon('rms_norm_eps', 1e-5),
      innerNorms: true,
      biases: { ...config.biases, mlp: false }
    }
  },
  weights: {
    ...llamaWeights,
    attentionInnerNorm: 'layers.{i}.self_attn.attn_sub_norm',
    mlpInnerNorm: 'layers.{i}.mlp.ffn_sub_norm'
  }
}
