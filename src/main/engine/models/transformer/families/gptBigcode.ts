import type { ModelFamily } from '../family'
import { gpt2, gpt2Config } from './gpt2'

/** GPT-2 with one head of keys and values, and matrices the other way round. */
export const gptBigcode: ModelFamily = {
  ...gpt2,
  type: 'gpt_bigcode',
  title: 'GPT BigCode',
  source:
    'Ben Allal et al. 2023 (SantaCoder), https://arxiv.org/abs/2301.03988; StarCoder: ' +
    'https://arxiv.org/abs/2305.06161',
  config(reader) {
    reader.only('scale_attn_by_inverse_layer_idx', [false])
    const config = gpt2Config(reader)
    return {
      ...config,
      activation: reader.activation('activation_function', 'gelu_pytorch_tanh'),
      keyValueHeads: reader.flag('multi_query', true) ? 1 : config.heads
    }
  },
  weights: { ...gpt2.weights, queryKeyValue: { fused: 'h.{i}.attn.c_attn', order: 'byGroup' } },
  storedInOut: []
}
