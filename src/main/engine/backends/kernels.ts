import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'

/** Activation functions by their Hugging Face names' meaning: `gelu` is exact (erf), `geluTanh` its tanh approximation. */
export type Activation = 'none' | 'gelu' | 'geluTanh' | 'relu' | 'silu' | 'tanh'

export interface AttentionInput {
  /** [batch * tokens, 3 * width]: queries, keys and values side by side, each with its heads side by side. */
  qkv: Tensor2D
  batch: number
  tokens: number
  heads: number
  /** Factor on the scores, usually 1 / sqrt(head width). */
  scale: number
  /** Added to the scaled scores; broadcast to [batch, heads, tokens, tokens]. A masked key carries a large negative number. Null: nothing. */
  bias: Tensor4D | null
  /** Return the pattern too; without it an implementation need not keep the map. */
  wantPattern: boolean
}

export interface AttentionOutput {
  /** [batch * tokens, width] */
  result: Tensor2D
  /** [batch, heads, query, key], rows sum to 1. */
  pattern: Tensor4D | null
}

/**
 * The few operations a transformer's forward pass spends its time in. One implementation from plain TensorFlow.js ops serves every
 * backend; a backend that has something faster puts it behind the same interface, and one test suite holds all of them to a float64
 * reference.
 */
export interface Kernels {
  /** activation(x [n, in] x weight [in, out] + bias [out]) -> [n, out] */
  dense(x: Tensor2D, weight: Tensor2D, bias: Tensor1D | null, activation: Activation): Tensor2D
  /** Normalises rows of x [n, width]: (x - mean) / sqrt(variance + epsilon) * gamma + beta (Ba et al. 2016, eq. 4). */
  layerNorm(x: Tensor2D, gamma: Tensor1D, beta: Tensor1D, epsilon: number): Tensor2D
  /** layerNorm(x + residual), the sum itself not returned. */
  addLayerNorm(x: Tensor2D, residual: Tensor2D, gamma: Tensor1D, beta: Tensor1D, epsilon: number): Tensor2D
  /** Scaled dot-product attention (Vaswani et al. 2017, eq. 1) over all heads. */
  attention(input: AttentionInput): AttentionOutput
}
