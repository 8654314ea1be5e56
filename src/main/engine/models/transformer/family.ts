import type { TransformerConfig } from './config'
import type { ConfigReader } from './configReader'
import type { DiscriminatorNames } from './discriminator'
import type { LayerInputNames } from './layerInputsConfig'
import type { MixtureNames } from './mixture/load'
import type { StreamNames } from './streamWeights'

/** Where a checkpoint keeps the queries, keys and values of a block. */
export type QueryKeyValueNames =
  | { query: string; key: string; value: string }
  /** One matrix, and biases of it that are stored by themselves. */
  | { fused: string; order: FusedOrder; biases?: { query?: string; key?: string; value?: string } }

/**
 * `stacked`: all queries above all keys above all values; `byGroup`: a head of keys and one of values after the queries
 * that share them; `byQuarter`: of each quarter of the heads the queries, the values, the keys.
 */
export type FusedOrder = 'stacked' | 'byGroup' | 'byQuarter'

/**
 * One weight by the name papers use, and where a checkpoint keeps it, without `.weight` and `.bias`. Names of blocks
 * have {i} for the block's number.
 */
export interface WeightNames {
  /** Spellings tried in order, here and in every list of names. */
  tokenEmbedding: string | readonly string[]
  positionEmbedding?: string
  segmentEmbedding?: string
  taskEmbedding?: string
  languageEmbedding?: string
  /** Sines and cosines of rotary angles, where a checkpoint has them. */
  rotaryTable?: string
  embeddingNorm?: string
  embeddingProjection?: string

  /** Absent in families whose blocks have no attention, as the names after it. */
  queryKeyValue?: QueryKeyValueNames
  /** Of global tokens. */
  globalQueryKeyValue?: QueryKeyValueNames
  /** With {h} for the number of a head, where each head's is a tensor of its own. */
  queryNorm?: string
  keyNorm?: string
  /** Of a block that takes its keys and values from another: it may be stored, and is not read. */
  valueNorm?: string
  attentionInnerNorm?: string
  attentionOut?: string
  /** Of the sublayer's input, or of the sum; absent where the config places none there. */
  attentionNorm?: string | readonly string[]
  attentionOutputNorm?: string
  /** What the names of a mixer begin with, in place of attention or beside it. */
  mixer?: string
  /** What the names of latent attention begin with. */
  latent?: string
  /** In full. */
  sinks?: string

  mlpIn?: string
  /** Gate of a gated MLP; `mlpIn` again where gate and input are one matrix. */
  mlpGate?: string
  mlpInnerNorm?: string
  /** The numbers of xIELU: alpha_p, alpha_n, beta and eps behind it. */
  xielu?: string
  mlpOut?: string
  mlpNorm?: string | readonly string[]
  mlpOutputNorm?: string
  /** A mixture of experts in place of the MLP. */
  mixture?: MixtureNames
  /** What the names of RWKV's channel mixing begin with, in place of the MLP. */
  channelMix?: string

  /** Embeddings for each layer. */
  layerInputs?: LayerInputNames
  /** Residual streams. */
  streams?: StreamNames
  /** What the names of the path beside attention begin with. */
  augmented?: string

  /** The number that a block's output is multiplied by, in full. */
  layerFactor?: string

  finalNorm?: string
  outputProjection?: string

  /** A table of distances: [buckets, heads], or embeddings of them. */
  relativeTable?: string
  relativeNorm?: string
  /** Of tokens and those made of several: the table of distances, and the norm of their sum. */
  madeTable?: string
  madeNorm?: string
  /** Projections of embedded distances to keys and to queries, by block. */
  relativeKey?: string
  relativeQuery?: string
  /**
   * Biases that Transformer-XL adds to the queries: for content, for positions, for segments; and its two embeddings
   * of segments.
   */
  contentBias?: string
  positionBias?: string
  segmentBias?: string
  segmentPair?: string
}

/** Names of the head, in full: the prefix of the rest is not put before them. */
export interface HeadNames {
  dense?: string
  norm?: string
  /** The matrix where it is not the token embeddings. */
  unembedding: string
  /** A matrix [inputs, vocabulary] beside it. */
  beside?: string
  /**
   * Spellings tried in order, with their ending. Where a checkpoint has both, that of the matrix is the one that
   * PyTorch adds; as a rule they are equal.
   */
  bias?: readonly string[]
}

/**
 * How a tensor is drawn before training; `stored` keeps what the checkpoint has, for tables that training leaves alone.
 */
export type Draw =
  | { deviation: number; /** In deviations; values beyond are drawn again. */ cutoff?: number }
  | { constant: number }
  | 'stored'

/** Tensors of these names are drawn in this way. */
export interface DrawRule {
  tensors: RegExp
  draw: Draw
}

/** A model family is data: how its config and its weight names map onto the one forward pass. */
export interface ModelFamily {
  /** `model_type` in config.json. */
  type: string
  title: string
  /** What its classes in transformers begin with, where that is not the type in other letters. */
  className?: string
  /** The paper, and where the reference implementation's config is documented. */
  source: string
  config(reader: ConfigReader): TransformerConfig
  weights: WeightNames
  /** Names that depend on the config, in place of `weights`. */
  weightsOf?: (config: TransformerConfig) => WeightNames
  /** Names that apply instead where the config has a gated MLP. */
  gatedWeights?: Pick<WeightNames, 'mlpIn' | 'mlpGate'>
  head?: HeadNames
  discriminator?: DiscriminatorNames
  /** Matrices stored [in, out]; PyTorch's own linear layer stores [out, in]. */
  storedInOut?: readonly ('queryKeyValue' | 'attentionOut' | 'mlp')[]
  /** Of gate and input in one matrix the gate is below; above where it is left out. */
  gateBelow?: boolean
  /** Prefixes a checkpoint may put before the names of the head, tried in order. */
  headPrefixes?: readonly string[]
  /** Prefixes a checkpoint may put before every name but the head's, tried in order. */
  prefixes: readonly string[]
  /** Tensors that belong to heads or buffers and are rightly left unread. */
  ignored: readonly RegExp[]
  /**
   * Where the reference implementation deviates from its usual initialisation: matrices and embeddings by a normal of
   * deviation `initializer_range`, gains 1, biases 0. The first rule that matches a name applies.
   */
  untrained?: (reader: ConfigReader) => readonly DrawRule[]
  /**
   * Of what the reference implementation's hidden_states are: usually of the embeddings and every block, the last after
   * the final norm; `blocks`: of every block, and of the last again after the final norm; `either`: the last before or
   * after the final norm, which changed from one version to the next.
   */
  hiddenStatesOf?: 'blocks' | 'either'
  /** The reference implementation is wrong about the state after the first token of a batch: it is not compared. */
  firstStateUncertain?: boolean
  /** A sentence for whoever opens such a checkpoint. */
  note?: string
}
