import { plainAttention, plainHead, sizes, usual } from '../config'
import type { ModelFamily } from '../family'
import { readRotary } from '../rotaryFrequencies'

/** Falcon in its three builds: one head of keys and values (7B), groups of them (40B, 11B), ALiBi (RW). */
export const falcon: ModelFamily = {
  type: 'falcon',
  title: 'Falcon',
  source:
    'Almazrouei et al. 2023, https://arxiv.org/abs/2311.16867; RW: Penedo et al. 2023, ' +
    'https://arxiv.org/abs/2306.01116',
  config(reader) {
    const grouped = reader.flag('new_decoder_architecture', false)
    const parallel = reader.flag('parallel_attn', true)
    const alibi = reader.flag('alibi', false)
    const bias = reader.flag('bias', false)
    const heads = reader.count(['num_attention_heads', 'n_head'])
    const width = reader.count(['hidden_size', 'n_embed'])
    const groups = reader.optionalCount(['num_kv_heads', 'n_head_kv']) ?? heads
    const size = sizes({
      layers: reader.count(['num_hidden_layers', 'n_layer']),
      heads,
      width,
      mlpWidth: reader.optionalCount('ffn_hidden_size') ?? 4 * width,
      vocabulary: reader.count('vocab_size'),
      maxTokens: reader.count('max_position_embeddings', 2048),
      keyValueHeads: grouped ? groups : reader.flag('multi_query', true) ? 1 : heads
    })
    if (grouped && !parallel) throw reader.refusal('parallel_attn', 'which goes with no model of the new architecture')
    const norms = reader.number('num_ln_in_parallel_attn', grouped ? 2 : 1)
    const rotary = alibi ? null : readRotary(reader, { headWidth: size.headWidth })
    return {
      ...usual,
      ...size,
      activation: reader.activation('activation', 'gelu'),
      normEpsilon: reader.epsilon('layer_norm_epsilon', 1e-5),
      normPlacement: 'input',
      parallel: !parallel ? 'no' : grouped && norms === 2 ? 'ownNorms' : 'sharedNorm',
      finalNorm: true,
      causal: true,
      blocks: plainAttention(size).map((place) => ({ ...place, rotary })),
      relative: alibi ? { kind: 'alibi', steepest: 8, between: 'after', roundedTwice: true } : null,
      biases: { queryKeyValue: bias, attentionOut: bias, mlp: bias },
      head: plainHead(reader.flag('tie_word_embeddings', true))
    }
  },
  weights: {
    tokenEmbedding: 'word_embeddings',
    queryKeyValue: { fused: 'h.{i}.self_attention.query_key_value', order: 'byGroup' },
    attentionOut: 'h.{i}.self_attention.dense',
    attentionNorm: ['h.{i}.input_layernorm', 'h.{i}.ln_attn'],
    mlpIn: 'h.{i}.mlp.dense_h_to_4h',
    mlpOut: 'h.{i}.mlp.dense_4h_to_h',
    mlpNorm: ['h.{i}.post_attention_layernorm', 'h.{i}.ln_mlp'],
    finalNorm: 'ln_f'
  },
  head: { unembedding: 'lm_head' },
  prefixes: ['', 'transformer.'],
  note:
    'Where a Falcon has ALiBi, its penalty counts twice, as in the eager attention of transformers; other ' +
    'implementations count it once.',
  ignored: [/rotary_emb\.inv_freq$/, /^lm_head\./, /^(score|classifier|qa_outputs)\./]
}
