/** Mean and standard deviation of every column over some rows; the deviation divides by n. */
export interface ColumnStatistics {
  mean: Float64Array
  deviation: Float64Array
}

/** What single precision leaves of the deviation of a column that does not vary, as a share of its mean. */
const rounding = 1e-7

/** @param vectors [rows, width] */
export function columnStatistics(vectors: Float32Array, width: number, rows: readonly number[]): ColumnStatistics {
  const mean = new Float64Array(width)
  const squares = new Float64Array(width)
  for (const row of rows) for (let i = 0; i < width; i++) mean[i]! += vectors[row * width + i]!
  for (let i = 0; i < width; i++) mean[i]! /= rows.length
  for (const row of rows)
    for (let i = 0; i < width; i++) squares[i]! += (vectors[row * width + i]! - mean[i]!) ** 2 / rows.length
  return { mean, deviation: squares.map(Math.sqrt) }
}

/**
 * Correlation of every column with whether a row is of a class: (m1 - m0) / s * sqrt(p (1 - p)), the point-biserial
 * correlation, which is Pearson's with an indicator.
 * @param classes class of each of the rows, -1 for none: these count as not of any class
 * @returns [classes, width]; 0 where a column or a class does not vary
 */
export function classCorrelations(
  vectors: Float32Array,
  width: number,
  rows: readonly number[],
  classes: ArrayLike<number>,
  classCount: number
): Float64Array {
  const { mean, deviation } = columnStatistics(vectors, width, rows)
  const sums = new Float64Array(classCount * width)
  const counts = new Float64Array(classCount)
  rows.forEach((row, n) => {
    const id = classes[n]!
    if (id < 0) return
    counts[id]!++
    for (let i = 0; i < width; i++) sums[id * width + i]! += vectors[row * width + i]! - mean[i]!
  })
  return sums.map((sum, at) => {
    const [id, column] = [Math.floor(at / width), at % width]
    const share = counts[id]! / rows.length
    if (share === 0 || share === 1 || deviation[column]! <= rounding * Math.abs(mean[column]!)) return 0
    // With the mean taken off, m1 - m0 is the class's mean deviation over the share outside of it.
    const difference = sum / counts[id]! / (1 - share)
    return (difference / deviation[column]!) * Math.sqrt(share * (1 - share))
  })
}

/** How many values fall into each of `bins` of equal width between the least and the greatest. */
export function histogramOf(values: readonly number[], bins: number): { low: number; high: number; counts: number[] } {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity)
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity)
  const counts = new Array<number>(bins).fill(0)
  for (const value of values)
    counts[high > low ? Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins)) : 0]!++
  return { low, high, counts }
}
