import { plainHead } from '../config'
import type { ModelFamily } from '../family'
import { llama, llamaConfig } from './llama'

export const granite: ModelFamily = {
  ...llama,
  type: 'granite',
  title: 'Granite',
  source: 'Granite Team 2024, https://github.com/ibm-granite/granite-3.0-language-models',
  config(reader) {
    const config = llamaConfig(reader)
    const scale = reader.positive('attention_multiplier', 1)
    return {
      ...config,
      embeddingScale: reader.number('embedding_multiplier', 1),
      residualScale: reader.number('residual_multiplier', 1),
      blocks: config.blocks.map((place) => ({ ...place, scale })),
      head: {
        ...plainHead(reader.flag('tie_word_embeddings', false)),
        scale: 1 / reader.positive('logits_scaling', 1)
      }
    }
  }
}
