import type { ModelFamily } from '../family'
import { bertConfig, taskHeads } from './bert'
import { positionsAfterPadding, robertaHead } from './roberta'

export const mpnet: ModelFamily = {
  type: 'mpnet',
  title: 'MPNet',
  source: 'Song et al. 2020, https://arxiv.org/abs/2004.09297',
  config(reader) {
    // The reference implementation buckets into 32 whatever the config says.
    reader.only('relative_attention_num_buckets', [32])
    const config = bertConfig(reader)
    return {
      ...config,
      // Of padding too: the reference implementation takes row 1 whatever the config says.
      ...positionsAfterPadding(reader.count('max_position_embeddings'), 1),
      segments: 0,
      relative: { kind: 'buckets', buckets: 32, maxDistance: 128 },
      head: config.head && { ...config.head, transform: { activation: 'gelu', width: config.width, bias: true } }
    }
  },
  weights: {
    tokenEmbedding: 'embeddings.word_embeddings',
    positionEmbedding: 'embeddings.position_embeddings',
    embeddingNorm: 'embeddings.LayerNorm',
    relativeTable: 'encoder.relative_attention_bias',
    queryKeyValue: {
      query: 'encoder.layer.{i}.attention.attn.q',
      key: 'encoder.layer.{i}.attention.attn.k',
      value: 'encoder.layer.{i}.attention.attn.v'
    },
    attentionOut: 'encoder.layer.{i}.attention.attn.o',
    attentionNorm: 'encoder.layer.{i}.attention.LayerNorm',
    mlpIn: 'encoder.layer.{i}.intermediate.dense',
    mlpOut: 'encoder.layer.{i}.output.dense',
    mlpNorm: 'encoder.layer.{i}.output.LayerNorm'
  },
  head: robertaHead,
  prefixes: ['', 'mpnet.'],
  ignored: [...taskHeads, /^lm_head\./]
}
