import type { TransformerConfig } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'
import { llama, llamaConfig, llamaWeights } from './llama'

/** Half of a head turned, its pairs neighbours; biases on queries, keys and values alone. */
export function glmConfig(reader: ConfigReader): TransformerConfig {
  if (!reader.states('head_dim')) throw reader.refusal('head_dim', 'and Layerscope does not guess it')
  return {
    ...llamaConfig(reader, { partial: 0.5, interleaved: true }),
    normEpsilon: reader.epsilon('rms_norm_eps', 0.00000015625),
    biases: { queryKeyValue: reader.flag('attention_bias', true), attentionOut: false, mlp: false }
  }
}

export const glmWeights = {
  ...llamaWeights,
  mlpIn: 'layers.{i}.mlp.gate_up_proj',
  mlpGate: 'layers.{i}.mlp.gate_up_proj'
} as const

export const glm: ModelFamily = {
  ...llama,
  type: 'glm',
  title: 'GLM',
  source: 'Team GLM 2024, https://arxiv.org/abs/2406.12793',
  config: glmConfig,
  weights: glmWeights
}
