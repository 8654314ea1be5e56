import type { TransformerConfig } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'
import { readRotary } from '../rotaryFrequencies'
import { bertConfig, taskHeads } from './bert'

/** BERT's config with rotary positions in place of a table. */
export function rotaryBertConfig(reader: ConfigReader, theta: number): TransformerConfig {
  const positions = ['absolute', 'rope', 'rotary']
  const config = bertConfig(reader, { headWidth: reader.optionalCount('head_dim'), positions })
  const rotary = readRotary(reader, { headWidth: config.headWidth, theta })
  return { ...config, positions: null, blocks: config.blocks.map((place) => ({ ...place, rotary })) }
}

export const nomicBert: ModelFamily = {
  type: 'nomic_bert',
  title: 'Nomic BERT',
  source: 'Nussbaum et al. 2024, https://arxiv.org/abs/2402.01613',
  config(reader) {
    // The Hub's first files have the fields of GPT-2.
    if (reader.has('n_embd')) throw reader.refusal('n_embd', "a spelling of the authors' own code; save it again")
    const config = rotaryBertConfig(reader, 1000)
    const activation = reader.activation('hidden_act', 'silu')
    return {
      ...config,
      activation,
      gated: true,
      biases: { queryKeyValue: false, attentionOut: false, mlp: false },
      head: config.head && { ...config.head, transform: { activation, width: config.width, bias: true } }
    }
  },
  weights: {
    tokenEmbedding: 'embeddings.word_embeddings',
    segmentEmbedding: 'embeddings.token_type_embeddings',
    embeddingNorm: 'emb_ln',
    queryKeyValue: { fused: 'encoder.layers.{i}.attn.Wqkv', order: 'stacked' },
    attentionOut: 'encoder.layers.{i}.attn.out_proj',
    attentionNorm: 'encoder.layers.{i}.norm1',
    mlpIn: 'encoder.layers.{i}.mlp.fc11',
    mlpGate: 'encoder.layers.{i}.mlp.fc12',
    mlpOut: 'encoder.layers.{i}.mlp.fc2',
    mlpNorm: 'encoder.layers.{i}.norm2'
  },
  head: {
    dense: 'cls.predictions.transform.dense',
    norm: 'cls.predictions.transform.layer_norm',
    unembedding: 'cls.predictions.decoder',
    bias: ['cls.predictions.decoder.bias', 'cls.predictions.bias']
  },
  prefixes: ['', 'nomic_bert.', 'bert.'],
  ignored: [...taskHeads, /^cls\./, /rotary_emb\.inv_freq$/]
}
