/** `mass`: the fewest links that carry this share of a row; `weight`: links of at least this weight. */
export interface Threshold {
  kind: 'mass' | 'weight'
  /** From 0 to 1. */
  value: number
}

/** Rows sorted once, so that moving the threshold is a search instead of a sort. */
export interface SortedRows {
  size: number
  /** [size, size], each row from its smallest weight up. */
  weights: Float32Array
  /** [size, size]: sum of a weight and all larger ones of its row. */
  sums: Float64Array
}

/** @param weights [size, size] */
export function sortRows(weights: Float32Array, size: number): SortedRows {
  const sorted = weights.slice()
  const sums = new Float64Array(weights.length)
  for (let row = 0; row < size; row++) {
    const start = row * size
    sorted.subarray(start, start + size).sort()
    let sum = 0
    for (let place = start + size - 1; place >= start; place--) {
      sum += sorted[place]!
      sums[place] = sum
    }
  }
  return { size, weights: sorted, sums }
}

/**
 * The smallest weight shown in each row.
 *
 * For `mass` that is the last of the fewest largest weights which together reach the share of what is visible in the
 * row (hidden special tokens do not count: a head that rests on [SEP] still shows its strongest visible links). Equal
 * weights stay together, so a row can show slightly more than requested, never less.
 */
export function rowCuts(rows: SortedRows, threshold: Threshold): Float32Array {
  const cuts = new Float32Array(rows.size)
  // Weights are compared as the 32-bit numbers they are: 0.1 typed here must let through a weight of 0.1.
  if (threshold.kind === 'weight') return cuts.fill(threshold.value)
  if (threshold.value >= 1) return cuts
  for (let row = 0; row < rows.size; row++) {
    const start = row * rows.size
    // Sums of 32-bit weights are a few 1e-8 off; without the allowance 70 % of ten equal weights could take eight of
    // them.
    const wanted = rows.sums[start]! * threshold.value - 1e-6
    // The last place from which the larger weights still carry enough.
    let low = 0
    let high = rows.size - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (rows.sums[start + middle]! >= wanted) low = middle
      else high = middle - 1
    }
    cuts[row] = rows.weights[start + low]!
  }
  return cuts
}
