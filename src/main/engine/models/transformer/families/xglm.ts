import { plainAttention, plainHead, sizes, usual } from '../config'
import type { ModelFamily } from '../family'
import { opt } from './opt'

export const xglm: ModelFamily = {
  type: 'xglm',
  title: 'XGLM',
  source: 'Lin et al. 2022, https://aclanthology.org/2022.emnlp-main.616/',
  config(reader) {
    reader.only('add_cross_attention', [false])
    const width = reader.count(['d_model', 'hidden_size'])
    const size = sizes({
      layers: reader.count(['num_layers', 'num_hidden_layers']),
      heads: reader.count(['attention_heads', 'num_attention_heads']),
      width,
      mlpWidth: reader.count('ffn_dim'),
      vocabulary: reader.count('vocab_size'),
      maxTokens: reader.count('max_position_embeddings', 2048)
    })
    return {
      ...usual,
      ...size,
      activation: reader.activation('activation_function', 'gelu'),
      normEpsilon: 1e-5,
      embeddingScale: reader.flag('scale_embedding', true) ? Math.sqrt(width) : 1,
      // Two rows before the first token's, of which nothing makes use.
      positions: {
        rows: size.maxTokens + 2,
        count: 'place',
        first: 2,
        paddingId: reader.number('pad_token_id', 1),
        fallback: 'fairseqSinusoids'
      },
      normPlacement: 'input',
      finalNorm: true,
      causal: true,
      blocks: plainAttention(size),
      head: plainHead(reader.flag('tie_word_embeddings', true))
    }
  },
  weights: { ...opt.weights, finalNorm: 'layer_norm' },
  head: { unembedding: 'lm_head' },
  prefixes: ['', 'model.'],
  untrained: () => [{ tensors: /embed_positions\.weights?$/, draw: 'stored' }],
  ignored: [/^lm_head\./, /embed_positions\.weights$/]
}
