import type { ConvolutionInput, ScanInput, ScanOutput } from './recurrence'
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'

/**
 * Activation functions by their Hugging Face names' meaning: `gelu` is exact (erf), `geluTanh` its tanh approximation,
 * `quickGelu` x sigmoid(1.702 x), `relu2` the square of relu (So et al. 2021).
 */
export type Activation = 'none' | 'gelu' | 'geluTanh' | 'relu' | 'silu' | 'tanh' | 'relu2' | 'quickGelu'

/**
 * A weight in the layout that one implementation multiplies fastest with; made by its `pack`, and usable by that one
 * only.
 */
export interface PackedWeight {
  readonly tensor: Tensor
  readonly inputs: number
  readonly outputs: number
  dispose(): void
}

/** How a number of 16 bits is stored: IEEE 754 binary16, or bfloat16. */
export type HalfType = 'F16' | 'BF16'

/** A matrix of 16-bit numbers, of which rows are taken as 32-bit ones. */
export interface HalfTable {
  /** Says no more than how many bytes it has. */
  readonly tensor: Tensor
  /** Rows and width. */
  readonly shape: readonly [number, number]
  /** The rows of the given numbers, widened exactly. */
  take(rows: Tensor1D): Tensor2D
  /** Its transpose, laid out for `dense` and its like. */
  packTransposed(): PackedWeight
}

/** Weights that stay 16-bit numbers in memory; products widen them exactly and compute in 32 bits. */
export interface HalfWeights {
  /**
   * Lays out a weight [inputs, outputs], or one that is given `transposed`, [outputs, inputs]. The array is free again
   * afterwards.
   */
  pack(values: Uint16Array, inputs: number, outputs: number, type: HalfType, transposed?: boolean): PackedWeight
  /** @param fill gives the numbers from number `first` on */
  table(shape: readonly [number, number], type: HalfType, fill: (target: Uint16Array, first: number) => void): HalfTable
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

/**
 * A norm as one step of a sublayer: LayerNorm (Ba et al. 2016, eq. 4), or RMSNorm (Zhang & Sennrich 2019, eq. 4), which
 * does not read `beta`.
 */
export interface NormStep extends NormWeights {
  kind: 'layer' | 'rms'
  epsilon: number
}

/** Cosines and sines of the angles that rotary positions turn each row by, each [rows, half]. */
export interface Angles {
  cos: Tensor2D
  sin: Tensor2D
}

export interface AttentionInput {
  /**
   * [rows, (heads + 2 * keyValueHeads) * head width]: queries, keys and values side by side, each with its heads side
   * by side.
   */
  qkv: Tensor2D
  /** Number of sequences. */
  batch: number
  /** Tokens of every sequence (rows = batch * tokens) or, with `lengths`, of the longest. */
  tokens: number
  /**
   * Tokens of each sequence, where they differ: the rows are then the sequences one after another without padding, rows
   * = sum of lengths. Nothing is spent on padding, and no mask is needed.
   */
  lengths?: readonly number[]
  heads: number
  /**
   * Heads of keys and values, a divisor of `heads`; as many as `heads` when left out. Consecutive query heads share one
   * (Ainslie et al. 2023).
   */
  keyValueHeads?: number
  /** Positive factor on the scores, usually 1 / sqrt(head width). */
  scale: number
  /** Scores are squeezed to this range by tanh before anything is added to them (Gemma Team 2024, section 2). */
  scoreCap?: number | null
  /** No query attends to a key after it. */
  causal?: boolean
  /**
   * Keys in reach of a query, itself included, before it (and, where attention is not causal, as many after it); null:
   * all.
   */
  window?: number | null
  /**
   * Added to the scaled scores; broadcast to [batch, heads, tokens, tokens]. A masked key carries a large negative
   * number. Null: nothing.
   */
  bias: Tensor4D | null
  /** A score of each head, [heads], that joins the softmax and is dropped: rows sum to less than 1. */
  sinks?: Tensor1D | null
  /** Return the pattern too; without it an implementation need not keep the map. */
  wantPattern: boolean
}

export interface AttentionOutput {
  /** [rows, heads * head width] */
  result: Tensor2D
  /** [batch, heads, query, key], rows sum to 1; 0 outside a sequence that is shorter than the longest. */
  pattern: Tensor4D | null
}

export interface AttentionSublayerInput extends Omit<AttentionInput, 'qkv'> {
  /** [rows, width] */
  x: Tensor2D
  /** On what the projection reads; null: x as it is. */
  inputNorm: NormStep | null
  /** [width, (heads + 2 * keyValueHeads) * head width] */
  qkv: LinearWeights
  /** Of queries and keys; null: they are not turned. */
  angles: Angles | null
  /** [heads * head width, width] */
  out: LinearWeights
  /** On the sum of x and the sublayer's output; null: the sum as it is. */
  sumNorm: NormStep | null
}

export interface FeedForwardInput {
  /** [rows, width] */
  x: Tensor2D
  /** On what the MLP reads; null: x as it is. */
  inputNorm: NormStep | null
  /** [width, middle]; null: the activation is that of `up` (Shazeer 2020 has both). */
  gate: LinearWeights | null
  activation: Activation
  /** [width, middle] */
  up: LinearWeights
  /** [middle, width] */
  down: LinearWeights
  /** On the sum of x and the MLP's output; null: the sum as it is. */
  sumNorm: NormStep | null
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

/** The recurrent part of an LSTM in one direction; what its input adds to the gates is computed before it. */
export interface LstmInput {
  /**
   * [rows, 4 * hidden]: product of input and weights, biases included, for the gates i, f, g (the candidate) and o side
   * by side; the sequences one after another.
   */
  gates: Tensor2D
  /** Tokens of each sequence. */
  lengths: readonly number[]
  /** From the last token to the first. */
  backward: boolean
  /** [outputs, 4 * hidden], from the output before. */
  recurrent: PackedWeight
  /** [hidden, outputs] (Sak et al. 2014); null: the output is the hidden state. */
  projection: PackedWeight | null
  /** The cell, and the projected output, are clipped to -clip ... clip; null: not. */
  cellClip: number | null
  projectionClip: number | null
}

/**
 * The few operations a transformer's forward pass spends its time in. One implementation from plain TensorFlow.js ops
 * serves every backend; a backend that has something faster puts it behind the same interface, and one test suite holds
 * all of them to a float64 reference.
 */
export interface Kernels {
  /** Lays a weight [in, out] out for `dense` and its like. The given tensor stays the caller's. */
  pack(weight: Tensor2D): PackedWeight
  /** The same of the transpose of a given weight [out, in]. */
  packTransposed(weight: Tensor2D): PackedWeight
  /** Null where 16-bit numbers are widened when they are read. */
  readonly halves: HalfWeights | null
  /**
   * Whether `pack` has copied the numbers by the time it returns, so that the array that the weight was made of is free
   * again.
   */
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
  denseAddLayerNorm(
    x: Tensor2D,
    linear: LinearWeights,
    residual: Tensor2D,
    norm: NormWeights,
    epsilon: number
  ): Tensor2D
  /**
   * sumNorm(down(middle) + x), a whole MLP sublayer whose wide middle is never stored: middle = activation(gate(h)) *
   * up(h), or without a gate activation(up(h)), of h = inputNorm(x).
   */
  feedForward(input: FeedForwardInput): Tensor2D
  /** Scaled dot-product attention (Vaswani et al. 2017, eq. 1) over all heads. */
  attention(input: AttentionInput): AttentionOutput
  /** x / sqrt(mean(x^2) + epsilon) * gamma of every row (Zhang & Sennrich 2019, eq. 4). */
  rmsNorm(x: Tensor2D, gamma: Tensor1D, epsilon: number): Tensor2D
  /**
   * x [rows, any] with its first `heads` heads of `headWidth` turned by rotary positions (Su et al. 2021, eq. 34).
   * Pairs are the halves of a head's first values: weights of families whose pairs are neighbours are put into this
   * order when they are read.
   */
  rotate(x: Tensor2D, heads: number, headWidth: number, angles: Angles): Tensor2D
  /**
   * sumNorm(out(attention(rotate(qkv(inputNorm(x))))) + x): a whole attention sublayer; `result` is its output,
   * queries, keys and values are never stored.
   */
  attentionSublayer(input: AttentionSublayerInput): AttentionOutput
  /** A short causal convolution of every channel by itself. */
  convolve(input: ConvolutionInput): Tensor2D
  /** A selective state space, token by token. */
  scan(input: ScanInput): ScanOutput
  /**
   * The outputs [rows, outputs] of an LSTM (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000)
   * from zero state: c = sigmoid(f) c + sigmoid(i) tanh(g), h = sigmoid(o) tanh(c).
   */
  lstm(input: LstmInput): Tensor2D
  /**
   * Writes the mean of each span of rows of hidden [rows, width] to its row of target [any, width]. Other rows of the
   * target are left as they are.
   */
  poolRows(hidden: Tensor2D, spans: RowSpans, target: Float32Array): void
}
