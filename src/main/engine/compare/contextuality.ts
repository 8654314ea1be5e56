/** Vectors of the words of a layer, [words, width], at length 1; a vector without length stays 0. */
export interface UnitVectors {
  values: Float64Array
  width: number
}

/** @param vectors [words, width] */
export function unitVectors(vectors: Float32Array, width: number): UnitVectors {
  const values = new Float64Array(vectors.length)
  for (let at = 0; at < vectors.length; at += width) {
    let square = 0
    for (let i = at; i < at + width; i++) square += vectors[i]! ** 2
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0
    for (let i = at; i < at + width; i++) values[i] = vectors[i]! * scale
  }
  return { values, width }
}

/**
 * Mean cosine of all pairs of different rows: (|sum of unit vectors|^2 - n) / (n^2 - n). Self-similarity for the
 * occurrences of a word (Ethayarajh 2019, definition 1), the baseline of anisotropy for words drawn at random.
 */
export function meanPairCosine({ values, width }: UnitVectors, rows: readonly number[]): number {
  const sum = sumOf({ values, width }, rows)
  const count = rows.length
  return (sum.reduce((square, value) => square + value * value, 0) - count) / (count * count - count)
}

/** Mean cosine of rows with their mean: of a sentence's words, its intra-sentence similarity (definition 2). */
export function cosineWithMean(vectors: Float32Array, unit: UnitVectors, rows: readonly number[]): number {
  const { width } = unit
  const mean = new Float64Array(width)
  for (const row of rows) for (let i = 0; i < width; i++) mean[i]! += vectors[row * width + i]!
  const length = Math.hypot(...mean)
  const sum = sumOf(unit, rows)
  return length > 0 ? sum.reduce((dot, value, i) => dot + value * mean[i]!, 0) / length / rows.length : 0
}

function sumOf({ values, width }: UnitVectors, rows: readonly number[]): Float64Array {
  const sum = new Float64Array(width)
  for (const row of rows) for (let i = 0; i < width; i++) sum[i]! += values[row * width + i]!
  return sum
}

const steps = 1000
const tolerance = 1e-12

/**
 * Share of the sum of squares of some rows along their first singular direction, the mean not taken off: the maximum
 * explainable variance (definition 3). By power iteration to twelve digits.
 */
export function firstSingularShare(vectors: Float32Array, width: number, rows: readonly number[]): number {
  let total = 0
  for (const row of rows) for (let i = 0; i < width; i++) total += vectors[row * width + i]! ** 2
  if (total === 0) return 0
  // The sum of the rows is close to the direction wherever the space is anisotropic.
  let direction = new Float64Array(width)
  for (const row of rows) for (let i = 0; i < width; i++) direction[i]! += vectors[row * width + i]!
  if (Math.hypot(...direction) < 1e-9 * Math.sqrt(total))
    direction = Float64Array.from(vectors.subarray(rows[0]! * width, (rows[0]! + 1) * width))
  let value = 0
  for (let step = 0; step < steps; step++) {
    const length = Math.hypot(...direction)
    const next = new Float64Array(width)
    let along = 0
    for (const row of rows) {
      let score = 0
      for (let i = 0; i < width; i++) score += vectors[row * width + i]! * direction[i]!
      score /= length
      along += score * score
      for (let i = 0; i < width; i++) next[i]! += score * vectors[row * width + i]!
    }
    direction = next
    if (Math.abs(along - value) <= tolerance * along) return along / total
    value = along
  }
  return value / total
}
