import { learnedPositions, plainAttention, plainHead, sizes, usual } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'

export const xlm: ModelFamily = {
  type: 'xlm',
  title: 'XLM',
  source: 'Conneau & Lample 2019, https://arxiv.org/abs/1901.07291',
  config(reader) {
    reader.only('causal', [false])
    reader.only('is_encoder', [true])
    reader.only('asm', [false])
    const width = reader.count(['emb_dim', 'hidden_size'])
    const size = sizes({
      layers: reader.count(['n_layers', 'num_hidden_layers']),
      heads: reader.count(['n_heads', 'num_attention_heads']),
      width,
      mlpWidth: 4 * width,
      vocabulary: reader.count(['vocab_size', 'n_words']),
      maxTokens: reader.count('max_position_embeddings', 512)
    })
    return {
      ...usual,
      ...size,
      languages: reader.flag('use_lang_emb', true) ? languagesOf(reader) : 0,
      activation: reader.flag('gelu_activation', true) ? 'gelu' : 'relu',
      normEpsilon: reader.epsilon('layer_norm_eps', 1e-12),
      embeddingNorm: true,
      // Sinusoids, where a config asks for them, are stored like learned positions.
      positions: learnedPositions(size.maxTokens),
      normPlacement: 'sum',
      finalNorm: false,
      causal: false,
      blocks: plainAttention(size),
      padding: { ...usual.padding, zeroed: 'always' },
      head: plainHead(reader.flag('tie_word_embeddings', true), true)
    }
  },
  weights: {
    tokenEmbedding: 'embeddings',
    positionEmbedding: 'position_embeddings',
    languageEmbedding: 'lang_embeddings',
    embeddingNorm: 'layer_norm_emb',
    queryKeyValue: { query: 'attentions.{i}.q_lin', key: 'attentions.{i}.k_lin', value: 'attentions.{i}.v_lin' },
    attentionOut: 'attentions.{i}.out_lin',
    attentionNorm: 'layer_norm1.{i}',
    mlpIn: 'ffns.{i}.lin1',
    mlpOut: 'ffns.{i}.lin2',
    mlpNorm: 'layer_norm2.{i}'
  },
  head: { unembedding: 'pred_layer.proj', bias: ['pred_layer.proj.bias'] },
  prefixes: ['', 'transformer.'],
  untrained: (reader) => {
    const embeddings = { deviation: reader.number('embed_init_std', 2048 ** -0.5) }
    return [
      {
        tensors: /position_embeddings\.weight$/,
        draw: reader.flag('sinusoidal_embeddings', false) ? 'stored' : embeddings
      },
      { tensors: /embeddings\.weight$/, draw: embeddings }
    ]
  },
  ignored: [/position_ids$/, /^pred_layer\./, /^(sequence_summary|qa_outputs|classifier)\./],
  note:
    'Embeddings of languages, where the checkpoint has them, are added only where a language is named, as in the ' +
    'reference implementation.'
}

/** A model of one language has no table of them. */
function languagesOf(reader: ConfigReader): number {
  const languages = reader.count('n_langs', 1)
  return languages > 1 ? languages : 0
}
