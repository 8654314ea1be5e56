import { plainHead, usual } from '../config'
import type { ModelFamily } from '../family'
import { llama, llamaConfig, llamaWeights } from './llama'

export const starcoder2: ModelFamily = {
  ...llama,
  type: 'starcoder2',
  title: 'StarCoder2',
  source: 'Lozhkov et al. 2024, https://arxiv.org/abs/2402.19173',
  config(reader) {
    const config = llamaConfig(reader)
    const bias = reader.flag('use_bias', true)
    const window = reader.optionalCount('sliding_window')
    return {
      ...config,
      activation: reader.activation('hidden_act', 'gelu_pytorch_tanh'),
      normEpsilon: reader.epsilon('norm_epsilon', 1e-5),
      norm: usual.norm,
      blocks: config.blocks.map((place) => ({ ...place, window })),
      gated: false,
      biases: { queryKeyValue: bias, attentionOut: bias, mlp: bias },
      head: plainHead(reader.flag('tie_word_embeddings', true))
    }
  },
  weights: { ...llamaWeights, mlpIn: 'layers.{i}.mlp.c_fc', mlpOut: 'layers.{i}.mlp.c_proj' }
}
