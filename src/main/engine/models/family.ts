import type { ConfigReader, TransformerConfig } from './config'

/** One weight by the name papers use, and where a checkpoint keeps it. A linear layer is stored as PyTorch does: [out, in]. */
export interface WeightNames {
  tokenEmbedding: string
  positionEmbedding: string
  segmentEmbedding: string
  embeddingNorm: string
  /** With {i} for the block's number. */
  query: string
  key: string
  value: string
  attentionOut: string
  attentionNorm: string
  mlpIn: string
  mlpOut: string
  mlpNorm: string
}

/** A model family is data: how its config and its weight names map onto the one forward pass. */
export interface ModelFamily {
  /** `model_type` in config.json. */
  type: string
  title: string
  /** The paper, and where the reference implementation's config is documented. */
  source: string
  config(reader: ConfigReader): TransformerConfig
  weights: WeightNames
  /** Prefixes a checkpoint may put before every name, tried in order. */
  prefixes: readonly string[]
  /** Tensors that belong to heads or buffers and are rightly left unread. */
  ignored: readonly RegExp[]
}
