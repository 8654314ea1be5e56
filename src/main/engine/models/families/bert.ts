import type { ModelFamily } from '../family'

export const bert: ModelFamily = {
  type: 'bert',
  title: 'BERT',
  source: 'Devlin et al. 2019, https://aclanthology.org/N19-1423/',
  config(reader) {
    reader.only('position_embedding_type', ['absolute'])
    reader.only('is_decoder', [false])
    reader.only('add_cross_attention', [false])
    return {
      layers: reader.count('num_hidden_layers'),
      heads: reader.count('num_attention_heads'),
      width: reader.count('hidden_size'),
      mlpWidth: reader.count('intermediate_size'),
      vocabulary: reader.count('vocab_size'),
      maxTokens: reader.count('max_position_embeddings'),
      segments: reader.count('type_vocab_size'),
      activation: reader.activation('hidden_act', 'gelu'),
      normEpsilon: reader.number('layer_norm_eps', 1e-12)
    }
  },
  weights: {
    tokenEmbedding: 'embeddings.word_embeddings',
    positionEmbedding: 'embeddings.position_embeddings',
    segmentEmbedding: 'embeddings.token_type_embeddings',
    embeddingNorm: 'embeddings.LayerNorm',
    query: 'encoder.layer.{i}.attention.self.query',
    key: 'encoder.layer.{i}.attention.self.key',
    value: 'encoder.layer.{i}.attention.self.value',
    attentionOut: 'encoder.layer.{i}.attention.output.dense',
    attentionNorm: 'encoder.layer.{i}.attention.output.LayerNorm',
    mlpIn: 'encoder.layer.{i}.intermediate.dense',
    mlpOut: 'encoder.layer.{i}.output.dense',
    mlpNorm: 'encoder.layer.{i}.output.LayerNorm'
  },
  prefixes: ['', 'bert.'],
  ignored: [/^(bert\.)?pooler\./, /^cls\./, /^classifier\./, /^qa_outputs\./, /position_ids$/]
}
