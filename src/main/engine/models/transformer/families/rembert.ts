import type { ModelFamily } from '../family'
import { bertConfig, bertWeights, taskHeads } from './bert'

/** Embeddings of two widths, at the input and at the output. */
export const rembert: ModelFamily = {
  type: 'rembert',
  title: 'RemBERT',
  source: 'Chung et al. 2021, https://openreview.net/forum?id=xpFFI_NtgpW',
  config(reader) {
    const config = bertConfig(reader)
    const { activation } = config
    const width = reader.count('output_embedding_size', 1664)
    return {
      ...config,
      embeddingWidth: reader.count('input_embedding_size', 256),
      embeddingProjection: 'sum',
      embeddingProjectionBias: true,
      head: config.head && { ...config.head, tied: false, transform: { activation, width, bias: true } }
    }
  },
  weights: { ...bertWeights, embeddingProjection: 'encoder.embedding_hidden_mapping_in' },
  head: {
    dense: 'cls.predictions.dense',
    norm: 'cls.predictions.LayerNorm',
    unembedding: 'cls.predictions.decoder',
    bias: ['cls.predictions.decoder.bias']
  },
  prefixes: ['', 'rembert.'],
  ignored: [...taskHeads, /^cls\./]
}
