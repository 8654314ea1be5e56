import { plainAttention, plainHead, usual } from '../config'
import type { ModelFamily } from '../family'
import { readSizes } from '../readSizes'

export const opt: ModelFamily = {
  type: 'opt',
  title: 'OPT',
  source: 'Zhang et al. 2022, https://arxiv.org/abs/2205.01068',
  config(reader) {
    reader.only('layer_norm_elementwise_affine', [true])
    const size = readSizes(reader, { mlpWidth: reader.count('ffn_dim') })
    const embeddingWidth = reader.count('word_embed_proj_dim', size.width)
    const factorised = embeddingWidth !== size.width
    const normedInput = reader.flag('do_layer_norm_before', true)
    const bias = reader.flag('enable_bias', true)
    return {
      ...usual,
      ...size,
      activation: reader.activation('activation_function', 'relu'),
      normEpsilon: 1e-5,
      embeddingWidth,
      embeddingProjection: factorised ? 'token' : 'none',
      // Two rows before the first token's; padding has the second of them.
      positions: { rows: size.maxTokens + 2, count: 'attended', first: 2, paddingId: 0, fallback: 'none' },
      normPlacement: normedInput ? 'input' : 'sum',
      finalNorm: normedInput && !reader.flag('_remove_final_layer_norm', false),
      causal: true,
      blocks: plainAttention(size),
      biases: { queryKeyValue: bias, attentionOut: bias, mlp: bias },
      outputWidth: factorised ? embeddingWidth : null,
      head: plainHead(reader.flag('tie_word_embeddings', true))
    }
  },
  weights: {
    tokenEmbedding: 'embed_tokens',
    positionEmbedding: 'embed_positions',
    embeddingProjection: 'project_in',
    queryKeyValue: {
      query: 'layers.{i}.self_attn.q_proj',
      key: 'layers.{i}.self_attn.k_proj',
      value: 'layers.{i}.self_attn.v_proj'
    },
    attentionOut: 'layers.{i}.self_attn.out_proj',
    attentionNorm: 'layers.{i}.self_attn_layer_norm',
    mlpIn: 'layers.{i}.fc1',
    mlpOut: 'layers.{i}.fc2',
    mlpNorm: 'layers.{i}.final_layer_norm',
    finalNorm: 'final_layer_norm',
    outputProjection: 'project_out'
  },
  head: { unembedding: 'lm_head' },
  prefixes: ['decoder.', 'model.decoder.', ''],
  ignored: [/^lm_head\./, /^(score|qa_outputs)\./]
}
