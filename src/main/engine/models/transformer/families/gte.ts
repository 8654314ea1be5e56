import type { ModelFamily } from '../family'
import { taskHeads } from './bert'
import { rotaryBertConfig } from './nomicBert'

export const gte: ModelFamily = {
  type: 'gte',
  title: 'GTE',
  source: 'Zhang et al. 2024, https://aclanthology.org/2024.emnlp-industry.103/',
  config(reader) {
    const config = rotaryBertConfig(reader, 160_000)
    return {
      ...config,
      gated: true,
      biases: { queryKeyValue: true, attentionOut: true, mlp: false, mlpOut: true },
      // Whatever the blocks have.
      head: config.head && { ...config.head, transform: { activation: 'gelu', width: config.width, bias: true } }
    }
  },
  weights: {
    tokenEmbedding: 'embeddings.word_embeddings',
    segmentEmbedding: 'embeddings.token_type_embeddings',
    embeddingNorm: 'embeddings.LayerNorm',
    queryKeyValue: { fused: 'encoder.layer.{i}.attention.qkv_proj', order: 'stacked' },
    attentionOut: 'encoder.layer.{i}.attention.o_proj',
    attentionNorm: 'encoder.layer.{i}.attn_ln',
    mlpIn: 'encoder.layer.{i}.mlp.up_gate_proj',
    mlpGate: 'encoder.layer.{i}.mlp.up_gate_proj',
    mlpOut: 'encoder.layer.{i}.mlp.down_proj',
    mlpNorm: 'encoder.layer.{i}.mlp_ln'
  },
  gateBelow: true,
  head: {
    dense: 'lm_head.dense',
    norm: 'lm_head.norm',
    unembedding: 'lm_head.decoder',
    bias: ['lm_head.decoder.bias', 'lm_head.bias']
  },
  prefixes: ['', 'gte.'],
  ignored: [...taskHeads, /^lm_head\./, /rotary_emb\.inv_freq$/]
}
