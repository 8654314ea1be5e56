import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'

/** Activation functions by their Hugging Face names' meaning: `gelu` is exact (erf), `geluTanh` its tanh approximation. */
export type Activation = 'none' | 'gelu' | 'geluTanh' | 'relu' | 'silu' | 'tanh'

/** A weight in the layout that one implementation multiplies fastest with; made by its `pack`, and of use to that one only. */
export interface PackedWeight {
  readonly tensor: Tensor
  readonly inputs: number
  readonly outputs: number
  dispose(): void
}

/** A linear layer. A weight that is used more than once should be packed. */
export interface LinearWeights {
  /** [in, out] */
  weight: Tensor2D | PackedWeight
  /** [out] */
  bias: Tensor1D | null
}

/** One table of embeddings and the row of it that each token takes. */
export interface EmbeddingPart {
  /** [entries, width] */
  table: Tensor2D
  /** One entry for each token. */
  rows: Int32Array
}

export interface NormWeights {
  gamma: Tensor1D
  beta: Tensor1D
}

export interface AttentionInput {
  /** [rows, 3 * width]: queries, keys and values side by side, each with its heads side by side. */
  qkv: Tensor2D
  /** Number of sequences. */
  batch: number
  /** Tokens of every sequence (rows = batch * tokens) or, with `lengths`, of the longest. */
  tokens: number
  /**
   * Tokens of each sequence, where they differ: the rows are then the sequences one after another without padding, rows = sum of lengths.
   * Nothing is spent on padding, and no mask is needed.
   */
  lengths?: readonly number[]
  heads: number
  /** Positive factor on the scores, usually 1 / sqrt(head width). */
  scale: number
  /** Added to the scaled scores; broadcast to [batch, heads, tokens, tokens]. A masked key carries a large negative number. Null: nothing. */
  bias: Tensor4D | null
  /** Return the pattern too; without it an implementation need not keep the map. */
  wantPattern: boolean
}

export interface AttentionOutput {
  /** [rows, width] */
  result: Tensor2D
  /** [batch, heads, query, key], rows sum to 1; 0 outside a sequence that is shorter than the longest. */
  pattern: Tensor4D | null
}

export interface AttentionSublayerInput extends Omit<AttentionInput, 'qkv'> {
  /** [rows, width] */
  x: Tensor2D
  /** [width, 3 * width] */
  qkv: LinearWeights
  /** [width, width] */
  out: LinearWeights
  norm: NormWeights
  epsilon: number
}

/** Which rows make up each word, and where its vector goes. */
export interface RowSpans {
  /** First row of each span. */
  starts: Int32Array
  /** Rows of each span, at least 1. */
  counts: Int32Array
  /** Row of the target that takes the span's mean. */
  targets: Int32Array
}

/**
 * The few operations a transformer's forward pass spends its time in. One implementation from plain TensorFlow.js ops serves every
 * backend; a backend that has something faster puts it behind the same interface, and one test suite holds all of them to a float64
 * reference.
 */
export interface Kernels {
  /** Lays a weight [in, out] out for `dense` and its like. The given tensor stays the caller's. */
  pack(weight: Tensor2D): PackedWeight
  /** Whether `pack` has copied the numbers by the time it returns, so that the array that the weight was made of is free again. */
  packCopies(): boolean
  /** The sum of the parts' rows, normalised unless `norm` is null -> [tokens, width] */
  embed(parts: readonly EmbeddingPart[], norm: NormWeights | null, epsilon: number): Tensor2D
  /** activation(x [n, in] x weight [in, out] + bias [out]) -> [n, out] */
  dense(x: Tensor2D, weight: Tensor2D | PackedWeight, bias: Tensor1D | null, activation: Activation): Tensor2D
  /** Normalises rows of x [n, width]: (x - mean) / sqrt(variance + epsilon) * gamma + beta (Ba et al. 2016, eq. 4). */
  layerNorm(x: Tensor2D, gamma: Tensor1D, beta: Tensor1D, epsilon: number): Tensor2D
  /** layerNorm(x + residual), the sum itself not returned. */
  addLayerNorm(x: Tensor2D, residual: Tensor2D, gamma: Tensor1D, beta: Tensor1D, epsilon: number): Tensor2D
  /** layerNorm(dense(x) + residual): the end of a sublayer in one step. */
  denseAddLayerNorm(x: Tensor2D, linear: LinearWeights, residual: Tensor2D, norm: NormWeights, epsilon: number): Tensor2D
  /** layerNorm(down(activation(up(x))) + x): a whole MLP sublayer whose wide middle is never stored. */
  feedForward(x: Tensor2D, up: LinearWeights, activation: Activation, down: LinearWeights, norm: NormWeights, epsilon: number): Tensor2D
  /** Scaled dot-product attention (Vaswani et al. 2017, eq. 1) over all heads. */
  attention(input: AttentionInput): AttentionOutput
  /** layerNorm(out(attention(qkv(x))) + x): a whole attention sublayer; `result` is its output, queries, keys and values are never stored. */
  attentionSublayer(input: AttentionSublayerInput): AttentionOutput
  /** Writes the mean of each span of rows of hidden [rows, width] to its row of target [any, width]. Other rows of the target are left as they are. */
  poolRows(hidden: Tensor2D, spans: RowSpans, target: Float32Array): void
}
