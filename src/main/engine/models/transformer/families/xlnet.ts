import { plainAttention, plainHead, sizes, usual } from '../config'
import type { ModelFamily } from '../family'

const attention = 'layer.{i}.rel_attn'

export const xlnet: ModelFamily = {
  type: 'xlnet',
  title: 'XLNet',
  source: 'Yang et al. 2019, https://arxiv.org/abs/1906.08237',
  config(reader) {
    reader.only('attn_type', ['bi'])
    reader.only('bi_data', [false])
    const size = sizes({
      layers: reader.count(['n_layer', 'num_hidden_layers']),
      heads: reader.count(['n_head', 'num_attention_heads']),
      width: reader.count(['d_model', 'hidden_size']),
      mlpWidth: reader.count('d_inner'),
      vocabulary: reader.count(['vocab_size', 'n_token']),
      // There is no last position; it was trained on segments of this length.
      maxTokens: reader.count('max_position_embeddings', 512),
      headWidth: reader.optionalCount('d_head')
    })
    return {
      ...usual,
      ...size,
      activation: reader.activation('ff_activation', 'gelu'),
      normEpsilon: reader.epsilon('layer_norm_eps', 1e-12),
      normPlacement: 'sum',
      finalNorm: false,
      causal: false,
      blocks: plainAttention(size),
      relative: { kind: 'transformerXl', clamp: reader.number('clamp_len', -1) },
      padding: { ...usual.padding, selfAttended: true },
      biases: { queryKeyValue: false, attentionOut: false, mlp: true },
      head: plainHead(reader.flag('tie_word_embeddings', true), true)
    }
  },
  weights: {
    tokenEmbedding: 'word_embedding',
    queryKeyValue: { query: `${attention}.q`, key: `${attention}.k`, value: `${attention}.v` },
    relativeKey: `${attention}.r`,
    contentBias: `${attention}.r_w_bias`,
    positionBias: `${attention}.r_r_bias`,
    segmentBias: `${attention}.r_s_bias`,
    segmentPair: `${attention}.seg_embed`,
    attentionOut: `${attention}.o`,
    attentionNorm: `${attention}.layer_norm`,
    mlpIn: 'layer.{i}.ff.layer_1',
    mlpOut: 'layer.{i}.ff.layer_2',
    mlpNorm: 'layer.{i}.ff.layer_norm'
  },
  head: { unembedding: 'lm_loss', bias: ['lm_loss.bias'] },
  storedInOut: ['queryKeyValue'],
  prefixes: ['', 'transformer.'],
  ignored: [/mask_emb$/, /^lm_loss\./, /^sequence_summary\./, /^logits_proj\./, /^(start|end|answer)_/, /^classifier\./]
}
