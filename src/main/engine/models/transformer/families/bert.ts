import { learnedPositions, plainAttention, transformHead, usual, type TransformerConfig } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily, WeightNames } from '../family'
import { readSizes } from '../readSizes'

export interface BertOptions {
  headWidth?: number | null
  /** Values of `position_embedding_type` that the family implements. */
  positions?: readonly string[]
}

/** The config of BERT and of the families that were made from it, which say where positions come from. */
export function bertConfig(
  reader: ConfigReader,
  { headWidth = null, positions = ['absolute'] }: BertOptions = {}
): TransformerConfig {
  reader.only('position_embedding_type', positions)
  reader.only('is_decoder', [false])
  reader.only('add_cross_attention', [false])
  const size = readSizes(reader, { headWidth })
  const activation = reader.activation('hidden_act', 'gelu')
  return {
    ...usual,
    ...size,
    segments: reader.count('type_vocab_size', 2),
    activation,
    normEpsilon: reader.epsilon('layer_norm_eps', 1e-12),
    embeddingNorm: true,
    positions: learnedPositions(size.maxTokens),
    normPlacement: 'sum',
    finalNorm: false,
    causal: false,
    blocks: plainAttention(size),
    head: transformHead(activation, size.width, reader.flag('tie_word_embeddings', true))
  }
}

export const bertWeights = {
  tokenEmbedding: 'embeddings.word_embeddings',
  positionEmbedding: 'embeddings.position_embeddings',
  segmentEmbedding: 'embeddings.token_type_embeddings',
  embeddingNorm: 'embeddings.LayerNorm',
  queryKeyValue: {
    query: 'encoder.layer.{i}.attention.self.query',
    key: 'encoder.layer.{i}.attention.self.key',
    value: 'encoder.layer.{i}.attention.self.value'
  },
  attentionOut: 'encoder.layer.{i}.attention.output.dense',
  attentionNorm: 'encoder.layer.{i}.attention.output.LayerNorm',
  mlpIn: 'encoder.layer.{i}.intermediate.dense',
  mlpOut: 'encoder.layer.{i}.output.dense',
  mlpNorm: 'encoder.layer.{i}.output.LayerNorm'
} as const satisfies WeightNames

/** Heads for tasks, and the pooled first token. */
export const taskHeads = [/(^|\.)pooler\./, /^classifier\./, /^qa_outputs\./, /position_ids$/]

export const bert: ModelFamily = {
  type: 'bert',
  title: 'BERT',
  source: 'Devlin et al. 2019, https://aclanthology.org/N19-1423/',
  config: bertConfig,
  weights: bertWeights,
  head: {
    dense: 'cls.predictions.transform.dense',
    norm: 'cls.predictions.transform.LayerNorm',
    unembedding: 'cls.predictions.decoder',
    bias: ['cls.predictions.decoder.bias', 'cls.predictions.bias']
  },
  prefixes: ['', 'bert.'],
  ignored: [...taskHeads, /^cls\./]
}
