/** Thumbnails and summary numbers of attention maps, computed in the engine so that only they are sent. */

/**
 * One head's map as a thumbnail: the maximum of each block of cells, scaled so that the map's own maximum is 255.
 * Maxima, because a single strong link is what the eye looks for and a mean would wash it out.
 * @param pattern [tokens, tokens] at `offset` of a larger array
 * @param target [size, size] at `targetOffset`
 * @returns the map's maximum
 */
export function thumbnail(
  pattern: Float32Array,
  offset: number,
  tokens: number,
  target: Uint8Array,
  targetOffset: number,
  size: number
): number {
  let largest = 0
  for (let i = 0; i < tokens * tokens; i++) largest = Math.max(largest, pattern[offset + i]!)
  const scale = largest > 0 ? 255 / largest : 0
  const cells = new Float32Array(size * size)
  for (let query = 0; query < tokens; query++) {
    const row = Math.floor((query * size) / tokens) * size
    const source = offset + query * tokens
    for (let key = 0; key < tokens; key++) {
      const cell = row + Math.floor((key * size) / tokens)
      const weight = pattern[source + key]!
      if (weight > cells[cell]!) cells[cell] = weight
    }
  }
  for (let i = 0; i < cells.length; i++) target[targetOffset + i] = Math.round(cells[i]! * scale)
  return largest
}

/**
 * Mean entropy in bits of the rows of one map; rows of special tokens are left out (Clark et al. 2019, section 3.3
 * measures the same).
 */
export function meanEntropy(
  pattern: Float32Array,
  offset: number,
  tokens: number,
  isSpecial: (token: number) => boolean
): number {
  let sum = 0
  let rows = 0
  for (let query = 0; query < tokens; query++) {
    if (isSpecial(query)) continue
    rows++
    for (let key = 0; key < tokens; key++) {
      const p = pattern[offset + query * tokens + key]!
      if (p > 0) sum -= p * Math.log2(p)
    }
  }
  return rows ? sum / rows : 0
}

/** 1 - cosine similarity of row `row` of two [tokens, width] arrays. */
export function cosineDistance(a: Float32Array, b: Float32Array, row: number, width: number): number {
  let dot = 0
  let aa = 0
  let bb = 0
  for (let i = row * width; i < (row + 1) * width; i++) {
    dot += a[i]! * b[i]!
    aa += a[i]! * a[i]!
    bb += b[i]! * b[i]!
  }
  return aa > 0 && bb > 0 ? 1 - dot / Math.sqrt(aa * bb) : 0
}
