import type { ConfigReader } from '../configReader'
import type { PositionTable, TransformerConfig } from '../config'
import type { ModelFamily } from '../family'
import { bertConfig, bertWeights, taskHeads } from './bert'

/** Positions are counted over the tokens that are not padding, from the row after the padding's own. */
export function positionsAfterPadding(
  rows: number,
  paddingId: number
): { maxTokens: number; positions: PositionTable } {
  return {
    maxTokens: rows - paddingId - 1,
    positions: { rows, count: 'notPadding', first: paddingId + 1, paddingId, fallback: 'none' }
  }
}

export function robertaConfig(reader: ConfigReader): TransformerConfig {
  const config = bertConfig(reader)
  const paddingId = reader.number('pad_token_id', 1)
  return {
    ...config,
    ...positionsAfterPadding(reader.count('max_position_embeddings'), paddingId),
    head: config.head && { ...config.head, transform: { activation: 'gelu', width: config.width, bias: true } }
  }
}

/** The head keeps its activation whatever the blocks have. */
export const robertaHead = {
  dense: 'lm_head.dense',
  norm: 'lm_head.layer_norm',
  unembedding: 'lm_head.decoder',
  bias: ['lm_head.decoder.bias', 'lm_head.bias']
}

export const roberta: ModelFamily = {
  type: 'roberta',
  title: 'RoBERTa',
  source: 'Liu et al. 2019, https://arxiv.org/abs/1907.11692',
  config: robertaConfig,
  weights: bertWeights,
  head: robertaHead,
  prefixes: ['', 'roberta.'],
  ignored: [...taskHeads, /^lm_head\./]
}
