import { UserError } from '../userError'
import type { Metric } from '../projection'

/** Vectors rewritten so that the squared distance of two of them is `squares[i] + squares[j] - 2 x_i.x_j`. */
export interface PreparedVectors {
  vectors: Float32Array
  /** Squared length of each row as the formula needs it. */
  squares: Float64Array
  /** Turns that squared distance into the metric's own distance. */
  distance(squared: number): number
}

/**
 * Euclidean: rows with their common mean taken off, which leaves distances as they are and saves the digits that large
 * common components (BERT's outlier dimensions) would cost in the difference of products. Cosine: rows scaled to length
 * 1, whose squared distance is twice the cosine distance; a row of zeros is at distance 1 from every other, as in
 * scikit-learn.
 */
export function prepareVectors(vectors: Float32Array, count: number, width: number, metric: Metric): PreparedVectors {
  if (vectors.length !== count * width) {
    throw new Error(`${count} vectors of ${width} numbers need ${count * width} elements, not ${vectors.length}.`)
  }
  return metric === 'cosine' ? unitRows(vectors, count, width) : centredRows(vectors, count, width)
}

/**
 * What double precision leaves of the cosine distance of two equal vectors: equal has to mean zero, UMAP treats it
 * apart.
 */
const COSINE_ROUNDING = 1e-13

/** The metric's distance between two rows of the original vectors, in double precision. */
export function rowDistance(
  vectors: Float32Array,
  width: number,
  metric: Metric
): (first: number, second: number) => number {
  if (metric === 'euclidean') {
    return (first, second) => {
      const a = first * width
      const b = second * width
      let sum = 0
      for (let i = 0; i < width; i++) {
        const difference = vectors[a + i]! - vectors[b + i]!
        sum += difference * difference
      }
      return Math.sqrt(sum)
    }
  }
  const lengths = new Float64Array(width === 0 ? 0 : vectors.length / width)
  for (let row = 0; row < lengths.length; row++) lengths[row] = Math.sqrt(squaredLength(vectors, row, width))
  return (first, second) => {
    const scale = lengths[first]! * lengths[second]!
    if (scale === 0) return 1
    const a = first * width
    const b = second * width
    let sum = 0
    for (let i = 0; i < width; i++) sum += vectors[a + i]! * vectors[b + i]!
    const distance = 1 - sum / scale
    return distance > COSINE_ROUNDING ? distance : 0
  }
}

function unitRows(source: Float32Array, count: number, width: number): PreparedVectors {
  const vectors = new Float32Array(source.length)
  for (let row = 0; row < count; row++) {
    const length = Math.sqrt(finiteSquaredLength(source, row, width))
    const scale = length > 0 ? 1 / length : 0
    for (let i = row * width; i < (row + 1) * width; i++) vectors[i] = source[i]! * scale
  }
  return { vectors, squares: new Float64Array(count).fill(1), distance: (squared) => Math.max(0, squared / 2) }
}

function centredRows(source: Float32Array, count: number, width: number): PreparedVectors {
  const mean = columnMeans(source, count, width)
  const vectors = new Float32Array(source.length)
  const squares = new Float64Array(count)
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < width; i++) vectors[row * width + i] = source[row * width + i]! - mean[i]!
    squares[row] = finiteSquaredLength(vectors, row, width)
  }
  return { vectors, squares, distance: (squared) => Math.sqrt(Math.max(0, squared)) }
}

/** Mean of each column of a row-major [count, width] matrix. */
export function columnMeans(vectors: Float32Array, count: number, width: number): Float64Array {
  const mean = new Float64Array(width)
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < width; i++) mean[i]! += vectors[row * width + i]!
  }
  for (let i = 0; i < width; i++) mean[i]! /= Math.max(1, count)
  return mean
}

function squaredLength(vectors: Float32Array, row: number, width: number): number {
  let sum = 0
  for (let i = row * width; i < (row + 1) * width; i++) sum += vectors[i]! * vectors[i]!
  return sum
}

function finiteSquaredLength(vectors: Float32Array, row: number, width: number): number {
  const sum = squaredLength(vectors, row, width)
  if (!Number.isFinite(sum)) {
    throw new UserError(
      `Vector ${row} holds a value that is not a finite number: check the model's weights, then extract this ` +
        'layer again.'
    )
  }
  return sum
}
