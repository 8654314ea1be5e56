import { UserError } from '@shared/userError'
import type { Activation } from '../../backends/kernels'
import type { AdapterInput } from './adapterInput'
import type { BlockAttention } from './blockConfig'
import type { LayerInputsConfig } from './layerInputsConfig'

export type { BlockAttention, FeedForwardConfig } from './blockConfig'

/** Where positions enter by way of the embeddings: a row of a table is added to every token's. */
export interface PositionTable {
  /** Rows of the table. */
  rows: number
  /**
   * How a token's row is counted: `place` in the sequence; `notPadding`, as RoBERTa counts the tokens that are not
   * `paddingId` (which has the row of its own number); `attended`, as OPT counts the tokens that the mask leaves in.
   */
  count: 'place' | 'notPadding' | 'attended'
  /** Row of the first token. */
  first: number
  /** Of `notPadding`. */
  paddingId: number
  /**
   * `sinusoids` where the checkpoint may leave the table out, sines in its first half and cosines in its second
   * (Vaswani et al. 2017, section 3.5); `fairseqSinusoids`: of other wavelengths, and 0 in the row of padding.
   */
  fallback: 'none' | 'sinusoids' | 'fairseqSinusoids'
}

/** The adapters of a model. */
export interface AdapterSizes {
  activation: Activation
  reads: AdapterInput
  /** Of every layer: how narrow its adapters are; null where it has none. */
  layers: readonly { attention: number | null; mlp: number | null }[]
}

/** How the distance of query and key enters the scores of attention. */
export type RelativePositions =
  /** A penalty that grows with the distance by a slope for each head (Press et al. 2022). */
  | {
      kind: 'alibi'
      /** Slopes are powers of 2 down to 2 to the minus this; 8 in the paper. */
      steepest: number
      /** Which slopes heads beyond a power of two have: those between the others, after them or before them. */
      between: 'after' | 'before'
      /**
       * Rounded to bfloat16, and added twice before the scores are scaled: transformers' eager Falcon has it in the
       * scores and in the mask.
       */
      roundedTwice: boolean
    }
  /** A learned number for each head and bucket of distances (Raffel et al. 2020, section 2.1). */
  | {
      kind: 'buckets'
      buckets: number
      maxDistance: number
      /** Every block has a table of its own. */
      byBlock?: boolean
    }
  /** Content against embeddings of distances, in one direction or both (He et al. 2021, section 3.1). */
  | {
      kind: 'disentangled'
      buckets: number
      maxDistance: number
      contentToPosition: boolean
      positionToContent: boolean
      sharedProjections: boolean
      /** Of the projection of distances to keys. */
      keyBias: boolean
      normed: boolean
    }
  /**
   * Sinusoids of the distance with learned biases (Dai et al. 2019, section 3.3), and whether two tokens share a
   * segment (Yang et al. 2019, section 2.4).
   */
  | { kind: 'transformerXl'; clamp: number }

/** Several residual streams. */
export interface StreamsConfig {
  count: number
  /** The one that blocks compute (0-based). */
  active: number
  /** Learned factors on what its embedding of the layer reads. */
  scaled: boolean
}

/** A norm on queries and keys (Henry et al. 2020). */
export interface QueryKeyNorm {
  /** Of every head, or of all heads together. */
  over: 'head' | 'projection'
  kind: 'layer' | 'rms'
  /** One set for all heads, or one for each; of a norm over the projection there is one. */
  weights: 'shared' | 'byHead' | 'none'
  bias: boolean
  /** After queries and keys were turned by their positions, rather than before. */
  turned: boolean
  /** Only where queries and keys are turned. */
  onlyTurned?: boolean
  /** Values of a head are divided by their root mean square. */
  values?: boolean
}

/** The part of a model that turns its last hidden state into a score for every token of the vocabulary. */
export interface HeadConfig {
  /** A dense layer, its activation and a norm before the product with the embeddings; null: none. */
  transform: { activation: Activation; width: number; bias: boolean } | null
  bias: boolean
  /** The token embeddings are the matrix of the head. */
  tied: boolean
  /** Inputs, behind those that they are wide, that a matrix of their own reads; absent: there are none. */
  beside?: number
  /** On the logits. */
  scale: number
  /** Logits are squeezed to this range by tanh; null: not. */
  cap: number | null
}

/** A head that is one matrix. */
export function plainHead(tied: boolean, bias = false): HeadConfig {
  return { transform: null, bias, tied, scale: 1, cap: null }
}

/** BERT's head: a dense layer with its activation and a norm come first. */
export function transformHead(activation: Activation, width: number, tied: boolean): HeadConfig {
  return { ...plainHead(tied, true), transform: { activation, width, bias: true } }
}

/**
 * What the forward pass needs to know of a checkpoint, in one spelling for all families. It decides by these fields,
 * never by a family's name.
 */
export interface TransformerConfig {
  layers: number
  heads: number
  /** Heads of keys and values; fewer than `heads` where several queries share one (Ainslie et al. 2023). */
  keyValueHeads: number
  headWidth: number
  /** Of the residual stream. */
  width: number
  /** Of the MLP's hidden layer. */
  mlpWidth: number
  vocabulary: number
  maxTokens: number
  /** Rows of the table of sentence A and B; 0: there is none. */
  segments: number
  activation: Activation
  normEpsilon: number

  /** Of the token table; another than `width` where embeddings are factorised (Lan et al. 2020, section 3.1). */
  embeddingWidth: number
  embeddingScale: number
  /**
   * `token`: token rows are projected to `width` before anything is added; `sum`: the normed sum
   * is projected.
   */
  embeddingProjection: 'none' | 'token' | 'sum'
  embeddingProjectionBias: boolean
  embeddingNorm: boolean
  /** Where it is not `normEpsilon`. */
  embeddingNormEpsilon?: number
  /** Token rows are read with those of both neighbours before them: [next, this, previous]. */
  embeddingNeighbours?: boolean
  positions: PositionTable | null
  /**
   * Tokens that stand for a missing one are 0, and the others are scaled by the share of them that training left over
   * that of the sequence (Rives et al. 2021); null: not.
   */
  maskDropout: { maskId: number; trained: number } | null
  /** A table of tasks, whose first row is added to every token's. */
  taskTypes: number
  /** Languages, of which a token's is added where it is said; 0: the model has none. */
  languages: number

  norm: {
    /** LayerNorm (Ba et al. 2016), RMSNorm (Zhang & Sennrich 2019), or w x + b in their place. */
    kind: 'layer' | 'rms' | 'affine'
    /** False where a norm has no weights at all. */
    gain: boolean
    bias: boolean
    /** Added to the stored weight: 1 where a checkpoint stores the difference from 1. */
    offset: number
  }
  /**
   * `sum`: of residual and sublayer's output, as in the first transformer; `input` of the sublayer; `output` of it,
   * before the sum; `both` of these.
   */
  normPlacement: 'sum' | 'input' | 'output' | 'both'
  /** False where the first block's attention reads the embeddings as they are. */
  firstAttentionNorm: boolean
  /** The residual is taken after the input norm. */
  residualFromNorm: boolean
  /** On what a sublayer adds to the residual. */
  residualScale: number
  /** A norm on what attention and MLP feed to their last matrix (Wang et al. 2022, sub-LN). */
  innerNorms: boolean
  /** Attention and MLP read the same residual: through a norm each, or one for both (Wang & Komatsuzaki 2021). */
  parallel: 'no' | 'ownNorms' | 'sharedNorm'
  finalNorm: boolean

  causal: boolean
  blocks: readonly BlockAttention[]
  queryKeyNorm: QueryKeyNorm | null
  /** Queries, keys and values are cut off beyond this size on either side; null: they are not. */
  queryKeyValueClip: number | null
  /** Scores are squeezed to this range by tanh (Gemma Team 2024, section 2); null: not. */
  scoreCap: number | null
  relative: RelativePositions | null
  /**
   * Attention to some of the keys beyond windows. `globals`: marked tokens are seen by all, and see all through
   * projections of their own (Beltagy et al. 2020); `blocks`: longer inputs are cut into blocks of `size`, of which the
   * first and the last see all and are seen by all, and the others see their neighbours and the first `random` times
   * more (Zaheer et al. 2020; outside training, PyTorch's random blocks are the first). `local`: windows of `size`, as
   * PyTorch computes them in blocks; and tokens made of `madeFrom` others each, which all see (Guo et al. 2022); null:
   * there are none.
   */
  sparse:
    | { kind: 'globals' }
    | { kind: 'blocks'; size: number; random: number }
    | { kind: 'local'; size: number; madeFrom: number | null }
    | null
  /** What the reference implementation does where a batch is padded, so that its values can be met there too. */
  padding: {
    /** Rows of padding are set to 0: after the embeddings, or after every block too. */
    zeroed: 'no' | 'embeddings' | 'always'
    /** A query that is padding attends to nothing (evenly to everything), not to the tokens. */
    queriesMasked: boolean
    /** A query that is padding has a map of 0 and gives 0. */
    queriesZeroed: boolean
    /** Every token attends to itself, padding too. */
    selfAttended: boolean
    /** Two masks are added up, that of the window and that of padding and future. */
    masksAdded: boolean
  }

  /** activation(gate(x)) * in(x) (Shazeer 2020) rather than activation(in(x)). */
  gated: boolean
  /** xIELU (Huang & Schlag 2025) in place of the activation: two of its numbers are learned. */
  xielu: boolean
  /** On the MLP's gate before its activation, and on what the MLP adds; absent: 1. */
  mlpScales?: { gate: number; output: number }
  /** Null or absent: there are none. */
  layerInputs?: LayerInputsConfig | null
  /** What a block gives is multiplied by a stored number. */
  layerFactors?: boolean
  /** Residual streams, of which a block computes one and predicts the others (Baykal et al. 2023); absent: one. */
  streams?: StreamsConfig
  /** Rank of a path beside attention (Menghani et al. 2024); absent: there is none. */
  augmentedRank?: number
  biases: {
    queryKeyValue: boolean
    attentionOut: boolean
    mlp: boolean
    /** Of the MLP's last matrix, where that differs. */
    mlpOut?: boolean
  }
  /**
   * Groups of the inputs and outputs of a block's matrices that do not mix (Iandola et al. 2020, section 3); absent: 1
   * of each.
   */
  groups?: { query: number; key: number; value: number; attentionOut: number; mlpIn: number; mlpOut: number }
  /** Those of the MLP are stored [groups, inputs of one, outputs of one]. */
  groupsInOut?: boolean
  /**
   * Blocks with weights of their own; fewer than `layers` where consecutive blocks share them (Lan et al. 2020,
   * section 3.1).
   */
  distinctBlocks: number

  /** Adapters behind attention and MLP (Houlsby et al. 2019, section 2.1); null for a model without. */
  adapters: AdapterSizes | null

  /** Width that the last hidden state is projected to before the head; null: it is not. */
  outputWidth: number | null
  head: HeadConfig | null
}

/** The config as a block (0-based) has it: widths of heads and MLP, and heads of keys, are those of its own. */
export function configOfBlock(config: TransformerConfig, block: number): TransformerConfig {
  const { headWidth, keyValueHeads, mlpWidth } = config.blocks[block]!
  if (headWidth === undefined && keyValueHeads === undefined && mlpWidth === undefined) return config
  return {
    ...config,
    headWidth: headWidth ?? config.headWidth,
    keyValueHeads: keyValueHeads ?? config.keyValueHeads,
    mlpWidth: mlpWidth ?? config.mlpWidth
  }
}

/** Whether a later block takes the keys and values of a block (0-based). */
export function sharesKeys({ blocks }: Pick<TransformerConfig, 'blocks'>, block: number): boolean {
  return blocks.some(({ keysOf }) => keysOf === block)
}

/** Whether a run may start at a block (0-based) from the residual stream, and needs nothing else of those below. */
export function canStartAt({ blocks, streams }: Pick<TransformerConfig, 'blocks' | 'streams'>, block: number): boolean {
  return !streams && blocks.slice(block).every(({ keysOf = block }) => keysOf >= block)
}

/** What most families have; a family's config starts from it. */
export const usual = {
  embeddingScale: 1,
  embeddingProjection: 'none',
  embeddingProjectionBias: false,
  embeddingNorm: false,
  positions: null,
  maskDropout: null,
  taskTypes: 0,
  languages: 0,
  segments: 0,
  norm: { kind: 'layer', gain: true, bias: true, offset: 0 },
  firstAttentionNorm: true,
  residualFromNorm: false,
  residualScale: 1,
  innerNorms: false,
  parallel: 'no',
  queryKeyNorm: null,
  queryKeyValueClip: null,
  scoreCap: null,
  relative: null,
  sparse: null,
  padding: { zeroed: 'no', queriesMasked: false, queriesZeroed: false, selfAttended: false, masksAdded: false },
  gated: false,
  xielu: false,
  biases: { queryKeyValue: true, attentionOut: true, mlp: true },
  adapters: null,
  outputWidth: null,
  head: null
} as const satisfies Partial<TransformerConfig>

/** Far more than any model has; it bounds what is kept for each layer. */
const mostLayers = 10_000

/**
 * The shape all families spell in one way or another, with what follows from it.
 * @throws UserError for a number of layers that no model has
 */
export function sizes(given: {
  layers: number
  heads: number
  width: number
  mlpWidth: number
  vocabulary: number
  maxTokens: number
  headWidth?: number | null
  keyValueHeads?: number | null
}) {
  if (given.layers > mostLayers)
    throw new UserError(
      `config.json has ${given.layers.toLocaleString('en-US')} layers; Layerscope runs models of up to ` +
        `${mostLayers.toLocaleString('en-US')}.`
    )
  return {
    ...given,
    keyValueHeads: given.keyValueHeads ?? given.heads,
    headWidth: given.headWidth ?? given.width / given.heads,
    embeddingWidth: given.width,
    distinctBlocks: given.layers
  }
}

/** The same attention in every block. */
export function everyBlock(layers: number, attention: BlockAttention): BlockAttention[] {
  return new Array<BlockAttention>(layers).fill(attention)
}

/** 1 / sqrt(width of a head) (Vaswani et al. 2017, eq. 1), nothing else, of one block. */
export function scaledAttention(headWidth: number): BlockAttention {
  return { scale: 1 / Math.sqrt(headWidth), window: null, rotary: null, queryGrowth: null }
}

/** The same in every block: 1 / sqrt(width of a head) (Vaswani et al. 2017, eq. 1), nothing else. */
export function plainAttention({ layers, headWidth }: { layers: number; headWidth: number }): BlockAttention[] {
  return everyBlock(layers, scaledAttention(headWidth))
}

/** Scores as they are, nothing else. */
export const unscaledAttention: BlockAttention = { scale: 1, window: null, rotary: null, queryGrowth: null }

/** RMSNorm (Zhang & Sennrich 2019). */
export const rmsNorm = { kind: 'rms', gain: true, bias: false, offset: 0 } as const

/** RMSNorm on every head of queries and keys. */
export const rmsOfHeads: QueryKeyNorm = { over: 'head', kind: 'rms', weights: 'shared', bias: false, turned: false }

/** A learned table with a row for every place. */
export function learnedPositions(rows: number, first = 0): PositionTable {
  return { rows: rows + first, count: 'place', first, paddingId: 0, fallback: 'none' }
}
