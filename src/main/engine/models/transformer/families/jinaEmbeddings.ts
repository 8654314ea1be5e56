import type { ModelFamily } from '../family'
import { taskHeads } from './bert'
import { rotaryBertConfig } from './nomicBert'
import { robertaHead } from './roberta'

/** XLM-RoBERTa with rotary positions. */
export const jinaEmbeddings: ModelFamily = {
  type: 'jina_embeddings_v3',
  title: 'Jina Embeddings 3',
  source: 'Sturua et al. 2024, https://arxiv.org/abs/2409.10173',
  config(reader) {
    const config = rotaryBertConfig(reader, 20_000)
    return {
      ...config,
      normEpsilon: reader.epsilon('layer_norm_eps', 1e-5),
      head: config.head && { ...config.head, transform: { activation: 'gelu', width: config.width, bias: true } }
    }
  },
  weights: {
    tokenEmbedding: 'embeddings.word_embeddings',
    segmentEmbedding: 'embeddings.token_type_embeddings',
    embeddingNorm: 'emb_ln',
    queryKeyValue: { fused: 'encoder.layers.{i}.mixer.Wqkv', order: 'stacked' },
    attentionOut: 'encoder.layers.{i}.mixer.out_proj',
    attentionNorm: 'encoder.layers.{i}.norm1',
    mlpIn: 'encoder.layers.{i}.mlp.fc1',
    mlpOut: 'encoder.layers.{i}.mlp.fc2',
    mlpNorm: 'encoder.layers.{i}.norm2'
  },
  head: robertaHead,
  prefixes: ['', 'roberta.'],
  ignored: [...taskHeads, /^lm_head\./, /rotary_emb\.inv_freq$/],
  note: 'Its adapters for tasks are not part of it.'
}
