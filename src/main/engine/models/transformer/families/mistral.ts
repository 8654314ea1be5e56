import type { ModelFamily } from '../family'
import { llama, llamaConfig } from './llama'

export const mistral: ModelFamily = {
  ...llama,
  type: 'mistral',
  title: 'Mistral',
  source: 'Jiang et al. 2023, https://arxiv.org/abs/2310.06825',
  config(reader) {
    const config = llamaConfig(reader)
    const window = reader.optionalCount('sliding_window')
    return {
      ...config,
      biases: { queryKeyValue: false, attentionOut: false, mlp: false },
      blocks: config.blocks.map((place) => ({ ...place, window }))
    }
  }
}
