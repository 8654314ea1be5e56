/** `mass`: the fewest links that carry this share of a row; `weight`: links of at least this weight. */
export interface Threshold {
  kind: 'mass' | 'weight'
  /** From 0 to 1. */
  value: number
}

/** Rows sorted once, so that moving the threshold is a search instead of a sort. */
export interface SortedRows {
  size: number
  /** [size, size], each row from its largest weight down. */
  weights: Float32Array
  /** [size, size]: sums of those from the left. */
  sums: Float64Array
}

export function sortRows(weights: Float32Array, size: number): SortedRows {
  const sorted = new Float32Array(weights.length)
  const sums = new Float64Array(weights.length)
  for (let row = 0; row < size; row++) {
    const part = weights.slice(row * size, (row + 1) * size).sort().reverse()
    sorted.set(part, row * size)
    let sum = 0
    part.forEach((weight, place) => {
      sum += weight
      sums[row * size + place] = sum
    })
  }
  return { size, weights: sorted, sums }
}

/**
 * The smallest weight shown in each row.
 *
 * For `mass` that is the last of the fewest largest weights which together reach the share of what is visible in the row (hidden
 * special tokens do not count: a head that rests on [SEP] still shows its strongest visible links). Equal weights stay together, so a
 * row can show a little more than was asked for, never less.
 */
export function rowCuts(rows: SortedRows, threshold: Threshold): Float32Array {
  const cuts = new Float32Array(rows.size)
  // Weights are compared as the 32-bit numbers they are: 0.1 typed here must let through a weight of 0.1.
  if (threshold.kind === 'weight') return cuts.fill(threshold.value)
  if (threshold.value >= 1) return cuts
  for (let row = 0; row < rows.size; row++) {
    const start = row * rows.size
    const total = rows.sums[start + rows.size - 1] ?? 0
    // Sums of 32-bit weights are a few 1e-8 off; without the allowance 70 % of ten equal weights could take eight of them.
    const wanted = total * threshold.value - 1e-6
    let low = 0
    let high = rows.size - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (rows.sums[start + middle]! >= wanted) high = middle
      else low = middle + 1
    }
    cuts[row] = rows.weights[start + low] ?? 0
  }
  return cuts
}
