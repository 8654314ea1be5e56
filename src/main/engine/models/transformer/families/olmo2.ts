import { rmsOfHeads, type TransformerConfig } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'
import { llama, llamaConfig, llamaWeights, type LlamaOptions } from './llama'

/** Norms on the outputs of sublayers and on queries and keys. */
export function olmo2Config(reader: ConfigReader, options: LlamaOptions = {}): TransformerConfig {
  const config = llamaConfig(reader, options)
  return {
    ...config,
    normEpsilon: reader.epsilon('rms_norm_eps', 1e-5),
    biases: { ...config.biases, mlp: false },
    normPlacement: 'output',
    queryKeyNorm: { ...rmsOfHeads, over: 'projection' }
  }
}

export const olmo2: ModelFamily = {
  ...llama,
  type: 'olmo2',
  title: 'OLMo 2',
  source: 'OLMo Team 2025, https://arxiv.org/abs/2501.00656',
  config: (reader) => olmo2Config(reader),
  weights: {
    ...llamaWeights,
    queryNorm: 'layers.{i}.self_attn.q_norm',
    keyNorm: 'layers.{i}.self_attn.k_norm',
    attentionOutputNorm: 'layers.{i}.post_attention_layernorm',
    mlpOutputNorm: 'layers.{i}.post_feedforward_layernorm'
  }
}
