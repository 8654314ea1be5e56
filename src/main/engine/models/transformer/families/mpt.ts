import { everyBlock, plainHead, scaledAttention, sizes, usual } from '../config'
import type { ModelFamily } from '../family'

export const mpt: ModelFamily = {
  type: 'mpt',
  title: 'MPT',
  source: 'MosaicML 2023, https://www.databricks.com/blog/mpt-7b',
  config(reader) {
    reader.only('no_bias', [true])
    reader.only('embedding_fraction', [1])
    reader.only('logit_scale', [])
    const width = reader.count(['d_model', 'hidden_size'])
    const size = sizes({
      layers: reader.count(['n_layers', 'num_hidden_layers']),
      heads: reader.count(['n_heads', 'num_attention_heads']),
      width,
      // Whatever `expansion_ratio` says, as in the reference implementation.
      mlpWidth: 4 * width,
      vocabulary: reader.count('vocab_size'),
      // There is no last position; it was trained on texts of this length.
      maxTokens: reader.count('max_seq_len', 2048)
    })
    const attention = reader.object('attn_config')
    attention?.only('attn_type', ['multihead_attention'])
    attention?.only('alibi', [true])
    attention?.only('prefix_lm', [false])
    attention?.only('qk_ln', [false])
    attention?.only('attn_uses_sequence_id', [false])
    const scale = attention?.optionalPositive('softmax_scale') ?? 1 / Math.sqrt(size.headWidth)
    return {
      ...usual,
      ...size,
      activation: 'gelu',
      normEpsilon: reader.epsilon('layer_norm_epsilon', 1e-5),
      norm: { ...usual.norm, bias: false },
      normPlacement: 'input',
      finalNorm: true,
      causal: true,
      blocks: everyBlock(size.layers, { ...scaledAttention(size.headWidth), scale }),
      // transformers keeps to 8 whatever `alibi_bias_max` says.
      relative: { kind: 'alibi', steepest: 8, between: 'before', roundedTwice: false },
      queryKeyValueClip: attention?.optionalPositive('clip_qkv') ?? null,
      biases: { queryKeyValue: false, attentionOut: false, mlp: false },
      head: plainHead(reader.flag('tie_word_embeddings', true))
    }
  },
  weights: {
    tokenEmbedding: 'wte',
    queryKeyValue: { fused: 'blocks.{i}.attn.Wqkv', order: 'stacked' },
    attentionOut: 'blocks.{i}.attn.out_proj',
    attentionNorm: 'blocks.{i}.norm_1',
    mlpIn: 'blocks.{i}.ffn.up_proj',
    mlpOut: 'blocks.{i}.ffn.down_proj',
    mlpNorm: 'blocks.{i}.norm_2',
    finalNorm: 'norm_f'
  },
  head: { unembedding: 'lm_head' },
  prefixes: ['', 'transformer.'],
  note: 'Slopes of its positions are those of alibi_bias_max 8 whatever its config says, as in transformers.',
  ignored: [/^lm_head\./, /^(score|classifier|qa_outputs)\./]
}
