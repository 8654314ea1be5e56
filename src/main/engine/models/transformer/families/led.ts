import { learnedPositions } from '../config'
import type { ModelFamily } from '../family'
import { bart, bartEncoderConfig, bartWeights } from './bart'
import { withWindows } from './longformer'

const attention = 'encoder.layers.{i}.self_attn.longformer_self_attn'

/** BART with Longformer's attention in the encoder. */
export const led: ModelFamily = {
  ...bart,
  type: 'led',
  title: 'LED',
  source: 'Beltagy et al. 2020, https://arxiv.org/abs/2004.05150',
  config(reader) {
    const config = bartEncoderConfig(reader, 'max_encoder_position_embeddings')
    return {
      ...config,
      embeddingScale: 1,
      embeddingNorm: true,
      positions: learnedPositions(config.maxTokens),
      blocks: withWindows(reader, config.blocks),
      sparse: { kind: 'globals' },
      padding: { ...config.padding, queriesZeroed: true }
    }
  },
  weights: {
    ...bartWeights,
    queryKeyValue: { query: `${attention}.query`, key: `${attention}.key`, value: `${attention}.value` },
    globalQueryKeyValue: {
      query: `${attention}.query_global`,
      key: `${attention}.key_global`,
      value: `${attention}.value_global`
    },
    attentionOut: 'encoder.layers.{i}.self_attn.output'
  },
  prefixes: ['', 'led.'],
  ignored: [...bart.ignored, /^led\.decoder\./]
}
