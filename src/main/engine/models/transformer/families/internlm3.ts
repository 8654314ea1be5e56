import type { ModelFamily } from '../family'
import { llama, llamaConfig } from './llama'

export const internlm3: ModelFamily = {
  ...llama,
  type: 'internlm3',
  title: 'InternLM3',
  source: 'Cai et al. 2024, https://arxiv.org/abs/2403.17297',
  config(reader) {
    if (!reader.states('head_dim')) throw reader.refusal('head_dim', 'and Layerscope does not guess it')
    const config = llamaConfig(reader)
    // Files of the authors' own code name the biases otherwise.
    const bias = reader.flag('attention_bias', reader.flag('bias', false))
    return {
      ...config,
      normEpsilon: reader.epsilon('rms_norm_eps', 1e-5),
      biases: {
        queryKeyValue: reader.flag('attention_bias', reader.flag('qkv_bias', false)),
        attentionOut: bias,
        mlp: reader.flag('mlp_bias', reader.flag('bias', false))
      }
    }
  }
}
