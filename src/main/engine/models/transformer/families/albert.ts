import type { ModelFamily } from '../family'
import { bertConfig, taskHeads } from './bert'

const block = 'encoder.albert_layer_groups.{i}.albert_layers.0'

export const albert: ModelFamily = {
  type: 'albert',
  title: 'ALBERT',
  source: 'Lan et al. 2020, https://openreview.net/forum?id=H1eA7AEtvS',
  config(reader) {
    reader.only('inner_group_num', [1])
    const config = bertConfig(reader)
    const embeddingWidth = reader.count('embedding_size')
    const activation = reader.activation('hidden_act', 'gelu_new')
    return {
      ...config,
      activation,
      embeddingWidth,
      embeddingProjection: 'sum',
      embeddingProjectionBias: true,
      distinctBlocks: reader.count('num_hidden_groups', 1),
      head: config.head && { ...config.head, transform: { activation, width: embeddingWidth, bias: true } }
    }
  },
  weights: {
    tokenEmbedding: 'embeddings.word_embeddings',
    positionEmbedding: 'embeddings.position_embeddings',
    segmentEmbedding: 'embeddings.token_type_embeddings',
    embeddingNorm: 'embeddings.LayerNorm',
    embeddingProjection: 'encoder.embedding_hidden_mapping_in',
    queryKeyValue: {
      query: `${block}.attention.query`,
      key: `${block}.attention.key`,
      value: `${block}.attention.value`
    },
    attentionOut: `${block}.attention.dense`,
    attentionNorm: `${block}.attention.LayerNorm`,
    mlpIn: `${block}.ffn`,
    mlpOut: `${block}.ffn_output`,
    mlpNorm: `${block}.full_layer_layer_norm`
  },
  head: {
    dense: 'predictions.dense',
    norm: 'predictions.LayerNorm',
    unembedding: 'predictions.decoder',
    bias: ['predictions.decoder.bias', 'predictions.bias']
  },
  prefixes: ['', 'albert.'],
  ignored: [...taskHeads, /(^|\.)pooler/, /^predictions\./, /^sop_classifier\./]
}
