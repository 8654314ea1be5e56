import { learnedPositions, plainAttention, transformHead, usual, type TransformerConfig } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'
import { readSizes } from '../readSizes'
import { taskHeads } from './bert'

const kinds = ['c2p', 'p2c']

/** `pos_att_type`: a list, or a text with bars between. */
function positionKinds(reader: ConfigReader): string[] {
  const given = reader.value('pos_att_type')
  const list =
    typeof given === 'string'
      ? given
          .toLowerCase()
          .split('|')
          .map((kind) => kind.trim())
          .filter(Boolean)
      : (reader.texts('pos_att_type') ?? [])
  if (!list.every((kind) => kinds.includes(kind)))
    throw reader.refusal('pos_att_type', `of which Layerscope implements ${kinds.join(' and ')}`)
  return [...new Set(list)]
}

/** What both versions have in common. */
export function debertaConfig(reader: ConfigReader): TransformerConfig {
  reader.only('conv_kernel_size', [0])
  reader.only('norm_rel_ebd', ['none', 'layer_norm'])
  reader.only('legacy', [true])
  const size = readSizes(reader)
  reader.only('embedding_size', [size.width])
  reader.only('attention_head_size', [size.headWidth])
  const activation = reader.activation('hidden_act', 'gelu')
  const types = positionKinds(reader)
  const furthest = reader.number('max_relative_positions', -1)
  // The scale counts the terms of the score: content with content, and each kind of position.
  const scale = 1 / Math.sqrt(size.headWidth * (1 + types.length))
  return {
    ...usual,
    ...size,
    segments: Math.max(0, reader.number('type_vocab_size', 0)),
    activation,
    normEpsilon: reader.epsilon('layer_norm_eps', 1e-7),
    embeddingNorm: true,
    positions: reader.flag('position_biased_input', true) ? learnedPositions(size.maxTokens) : null,
    normPlacement: 'sum',
    finalNorm: false,
    causal: false,
    blocks: plainAttention(size).map((place) => ({ ...place, scale })),
    relative: types.length
      ? {
          kind: 'disentangled',
          buckets: reader.number('position_buckets', -1),
          maxDistance: furthest < 1 ? size.maxTokens : furthest,
          contentToPosition: types.includes('c2p'),
          positionToContent: types.includes('p2c'),
          keyBias: true,
          sharedProjections: reader.flag('share_att_key', false),
          normed: reader.text('norm_rel_ebd', 'none') === 'layer_norm'
        }
      : null,
    padding: { ...usual.padding, zeroed: 'embeddings', queriesMasked: true },
    head: transformHead(activation, size.width, reader.flag('tie_word_embeddings', true))
  }
}

/** DeBERTa of the second and third version. */
export const debertaV2: ModelFamily = {
  type: 'deberta-v2',
  title: 'DeBERTa',
  source:
    'He et al. 2021, https://openreview.net/forum?id=XPZIaotutsD; version 3: ' +
    'https://openreview.net/forum?id=sE7-XhLxHA',
  config(reader) {
    reader.only('relative_attention', [true])
    if (!reader.has('relative_attention'))
      throw reader.refusal('relative_attention', 'and without relative positions Layerscope does not run DeBERTa')
    return debertaConfig(reader)
  },
  weights: {
    tokenEmbedding: 'embeddings.word_embeddings',
    positionEmbedding: 'embeddings.position_embeddings',
    segmentEmbedding: 'embeddings.token_type_embeddings',
    embeddingNorm: 'embeddings.LayerNorm',
    relativeTable: 'encoder.rel_embeddings',
    relativeNorm: 'encoder.LayerNorm',
    queryKeyValue: {
      query: 'encoder.layer.{i}.attention.self.query_proj',
      key: 'encoder.layer.{i}.attention.self.key_proj',
      value: 'encoder.layer.{i}.attention.self.value_proj'
    },
    relativeKey: 'encoder.layer.{i}.attention.self.pos_key_proj',
    relativeQuery: 'encoder.layer.{i}.attention.self.pos_query_proj',
    attentionOut: 'encoder.layer.{i}.attention.output.dense',
    attentionNorm: 'encoder.layer.{i}.attention.output.LayerNorm',
    mlpIn: 'encoder.layer.{i}.intermediate.dense',
    mlpOut: 'encoder.layer.{i}.output.dense',
    mlpNorm: 'encoder.layer.{i}.output.LayerNorm'
  },
  head: {
    dense: 'cls.predictions.transform.dense',
    norm: 'cls.predictions.transform.LayerNorm',
    unembedding: 'cls.predictions.decoder',
    bias: ['cls.predictions.decoder.bias', 'cls.predictions.bias']
  },
  prefixes: ['', 'deberta.'],
  ignored: [...taskHeads, /^cls\./, /^lm_predictions\./, /^mask_predictions\./]
}
