import type { ModelFamily } from '../family'
import { bertConfig, bertWeights, taskHeads } from './bert'

export const electra: ModelFamily = {
  type: 'electra',
  title: 'ELECTRA',
  source: 'Clark et al. 2020, https://openreview.net/forum?id=r1xMH1BtvB',
  config(reader) {
    const config = bertConfig(reader)
    const embeddingWidth = reader.count('embedding_size', config.width)
    return {
      ...config,
      embeddingWidth,
      embeddingProjection: embeddingWidth === config.width ? 'none' : 'sum',
      embeddingProjectionBias: true,
      // The generator's head keeps its activation whatever the blocks have.
      head: config.head && { ...config.head, transform: { activation: 'gelu', width: embeddingWidth, bias: true } }
    }
  },
  weights: { ...bertWeights, embeddingProjection: 'embeddings_project' },
  head: {
    dense: 'generator_predictions.dense',
    norm: 'generator_predictions.LayerNorm',
    unembedding: 'generator_lm_head',
    bias: ['generator_lm_head.bias']
  },
  discriminator: {
    dense: 'discriminator_predictions.dense',
    output: 'discriminator_predictions.dense_prediction'
  },
  prefixes: ['', 'electra.'],
  ignored: [...taskHeads, /^discriminator_predictions\./, /^generator_/]
}
