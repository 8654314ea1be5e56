import { plainAttention, plainHead, sizes, usual } from '../config'
import type { ModelFamily } from '../family'

export const bloom: ModelFamily = {
  type: 'bloom',
  title: 'BLOOM',
  source: 'BigScience Workshop 2022, https://arxiv.org/abs/2211.05100',
  config(reader) {
    const width = reader.count(['n_embed', 'hidden_size'])
    const size = sizes({
      layers: reader.count(['n_layer', 'num_hidden_layers']),
      heads: reader.count(['n_head', 'num_attention_heads', 'num_attention_head']),
      width,
      mlpWidth: 4 * width,
      vocabulary: reader.count('vocab_size'),
      // There is no last position; it was trained on texts of this length.
      maxTokens: reader.count('seq_length', 2048)
    })
    return {
      ...usual,
      ...size,
      activation: 'geluTanh',
      normEpsilon: reader.epsilon('layer_norm_epsilon', 1e-5),
      embeddingNorm: true,
      normPlacement: 'input',
      residualFromNorm: reader.flag('apply_residual_connection_post_layernorm', false),
      finalNorm: true,
      causal: true,
      blocks: plainAttention(size),
      relative: { kind: 'alibi', steepest: 8, between: 'after', roundedTwice: false },
      head: plainHead(reader.flag('tie_word_embeddings', true))
    }
  },
  weights: {
    tokenEmbedding: 'word_embeddings',
    embeddingNorm: 'word_embeddings_layernorm',
    queryKeyValue: { fused: 'h.{i}.self_attention.query_key_value', order: 'byGroup' },
    attentionOut: 'h.{i}.self_attention.dense',
    attentionNorm: 'h.{i}.input_layernorm',
    mlpIn: 'h.{i}.mlp.dense_h_to_4h',
    mlpOut: 'h.{i}.mlp.dense_4h_to_h',
    mlpNorm: 'h.{i}.post_attention_layernorm',
    finalNorm: 'ln_f'
  },
  head: { unembedding: 'lm_head' },
  prefixes: ['', 'transformer.'],
  ignored: [/^lm_head\./, /^(score|classifier|qa_outputs)\./]
}
