import type { TransformerConfig } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'
import { llama, llamaConfig, type LlamaOptions } from './llama'

/** Llama without biases, with a window. */
export function mistralConfig(reader: ConfigReader, options: LlamaOptions = {}): TransformerConfig {
  const config = llamaConfig(reader, options)
  const window = reader.optionalCount('sliding_window')
  return {
    ...config,
    biases: { queryKeyValue: false, attentionOut: false, mlp: false },
    blocks: config.blocks.map((place) => ({ ...place, window }))
  }
}

export const mistral: ModelFamily = {
  ...llama,
  type: 'mistral',
  title: 'Mistral',
  source: 'Jiang et al. 2023, https://arxiv.org/abs/2310.06825',
  config: (reader) => mistralConfig(reader)
}
