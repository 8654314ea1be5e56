/** Attention of one head, or of all heads of a layer, as it came: [heads, tokens, tokens]. */
export interface RawAttention {
  heads: number
  tokens: number
  weights: Float32Array
}
