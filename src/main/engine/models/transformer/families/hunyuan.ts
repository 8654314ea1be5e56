import { rmsOfHeads } from '../config'
import type { ModelFamily } from '../family'
import { llama, llamaConfig, llamaWeights } from './llama'

/** Llama with a norm on queries and keys after they were turned. */
export const hunyuan: ModelFamily = {
  ...llama,
  type: 'hunyuan_v1_dense',
  className: 'HunYuanDenseV1',
  title: 'Hunyuan',
  source: 'Tencent 2025, https://github.com/Tencent-Hunyuan/Hunyuan-7B',
  config(reader) {
    const config = llamaConfig(reader, { fixedAlpha: true })
    return {
      ...config,
      normEpsilon: reader.epsilon('rms_norm_eps', 1e-5),
      biases: { ...config.biases, mlp: false },
      queryKeyNorm: { ...rmsOfHeads, turned: true }
    }
  },
  weights: {
    ...llamaWeights,
    queryNorm: 'layers.{i}.self_attn.query_layernorm',
    keyNorm: 'layers.{i}.self_attn.key_layernorm'
  }
}
