/**
 * Attention between units from attention between tokens, after Clark et al. 2019 ("What Does BERT Look At?", section
 * 4.1): attention to a unit is the sum over its tokens, attention from a unit the mean over its tokens. Rows keep their
 * sum of 1.
 * @param weights [tokens, tokens], rows are queries
 * @param ofToken unit of every token
 * @returns [size, size]
 */
export function poolAttention(weights: Float32Array, ofToken: Int32Array, size: number): Float32Array {
  const tokens = ofToken.length
  const pooled = new Float32Array(size * size)
  const pieces = new Int32Array(size)
  for (let query = 0; query < tokens; query++) {
    const row = ofToken[query]!
    pieces[row]!++
    for (let key = 0; key < tokens; key++) pooled[row * size + ofToken[key]!]! += weights[query * tokens + key]!
  }
  for (let row = 0; row < size; row++) {
    const share = 1 / Math.max(1, pieces[row]!)
    if (share < 1) for (let column = 0; column < size; column++) pooled[row * size + column]! *= share
  }
  return pooled
}

/**
 * Mean of some heads of a layer.
 * @param weights [heads, tokens, tokens]
 */
export function meanOfHeads(weights: Float32Array, heads: readonly number[], tokens: number): Float32Array {
  const cells = tokens * tokens
  const mean = new Float32Array(cells)
  const share = 1 / heads.length
  for (const head of heads) {
    const start = head * cells
    for (let i = 0; i < cells; i++) mean[i]! += weights[start + i]! * share
  }
  return mean
}
