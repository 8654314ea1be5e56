import { learnedPositions, plainAttention, sizes, transformHead, usual } from '../config'
import type { ModelFamily } from '../family'
import { taskHeads } from './bert'

export const distilbert: ModelFamily = {
  type: 'distilbert',
  title: 'DistilBERT',
  source: 'Sanh et al. 2019, https://arxiv.org/abs/1910.01108',
  config(reader) {
    const size = sizes({
      layers: reader.count(['n_layers', 'num_hidden_layers']),
      heads: reader.count(['n_heads', 'num_attention_heads']),
      width: reader.count(['dim', 'hidden_size']),
      mlpWidth: reader.count(['hidden_dim', 'intermediate_size']),
      vocabulary: reader.count('vocab_size'),
      maxTokens: reader.count('max_position_embeddings')
    })
    const activation = reader.activation('activation', 'gelu')
    return {
      ...usual,
      ...size,
      activation,
      // Not in the config: the reference implementation has it in its code.
      normEpsilon: 1e-12,
      embeddingNorm: true,
      // Sinusoids, where a config asks for them, are stored like learned positions.
      positions: learnedPositions(size.maxTokens),
      normPlacement: 'sum',
      finalNorm: false,
      causal: false,
      blocks: plainAttention(size),
      head: transformHead(activation, size.width, reader.flag('tie_word_embeddings', true))
    }
  },
  weights: {
    tokenEmbedding: 'embeddings.word_embeddings',
    positionEmbedding: 'embeddings.position_embeddings',
    embeddingNorm: 'embeddings.LayerNorm',
    queryKeyValue: {
      query: 'transformer.layer.{i}.attention.q_lin',
      key: 'transformer.layer.{i}.attention.k_lin',
      value: 'transformer.layer.{i}.attention.v_lin'
    },
    attentionOut: 'transformer.layer.{i}.attention.out_lin',
    attentionNorm: 'transformer.layer.{i}.sa_layer_norm',
    mlpIn: 'transformer.layer.{i}.ffn.lin1',
    mlpOut: 'transformer.layer.{i}.ffn.lin2',
    mlpNorm: 'transformer.layer.{i}.output_layer_norm'
  },
  head: {
    dense: 'vocab_transform',
    norm: 'vocab_layer_norm',
    unembedding: 'vocab_projector',
    bias: ['vocab_projector.bias']
  },
  prefixes: ['', 'distilbert.'],
  untrained: (reader) =>
    reader.flag('sinusoidal_pos_embds', false) ? [{ tensors: /position_embeddings\.weight$/, draw: 'stored' }] : [],
  ignored: [...taskHeads, /^pre_classifier\./, /^vocab_/]
}
