import type { FloatTensor, TensorData } from '../tensorData'
import { UserError } from '../userError'
import { columnMeans } from './metric'
import { principalComponents } from './pca'

/** A direction of a layer's space that words are laid out along. */
export type Axis =
  /** From the mean vector of one word form to that of another, in any case of letters. */
  | { kind: 'words'; from: string; to: string }
  /** From the mean vector of one class to that of another. */
  | { kind: 'classes'; task: string; from: string; to: string }
  /** A direction that a kept eraser removes from this layer, counted from 0. */
  | { kind: 'erased'; result: string; direction: number }

/** What an axis turned out to be. */
export interface AxisInfo {
  /** 'he → she' */
  title: string
  /** Share of the points' variance along it. */
  share: number
  /** Words that either end is the mean of; null for a direction that has no ends. */
  items: [number, number] | null
}

/** The words of a layer along two directions. */
export interface CustomAxes {
  layer: number
  /** As in `ProjectionInput`. */
  wordIndex: TensorData<Int32Array>
  /** Distances from the mean along either axis, [n, 2]. */
  scores: FloatTensor
  axes: [AxisInfo, AxisInfo]
  /** Cosine of the angle between the axes: 0 where they are at right angles. */
  cosine: number
}

/** Vectors that directions are taken from, [rows, width]; `skip` has no vector. */
export interface DirectionSource {
  vectors: Float32Array
  width: number
  skip: ReadonlySet<number>
}

/**
 * The unit direction from the mean of some rows to that of others.
 * @throws {UserError} where either end has no rows, or both have the same mean
 */
export function meanDifference(
  source: DirectionSource,
  from: { title: string; rows: readonly number[] },
  to: { title: string; rows: readonly number[] }
): { direction: Float64Array; items: [number, number] } {
  const ends = [from, to].map(({ title, rows }) => {
    const known = rows.filter((row) => !source.skip.has(row))
    if (known.length === 0) throw new UserError(`'${title}' does not occur among these words; choose one that does.`)
    const mean = new Float64Array(source.width)
    for (const row of known)
      for (let i = 0; i < source.width; i++) mean[i]! += source.vectors[row * source.width + i]! / known.length
    return { mean, count: known.length }
  })
  const difference = ends[1]!.mean.map((value, i) => value - ends[0]!.mean[i]!)
  const direction = unit(difference)
  if (!direction) throw new UserError(`'${from.title}' and '${to.title}' have the same mean vector at this layer.`)
  return { direction, items: [ends[0]!.count, ends[1]!.count] }
}

/** A vector at length 1; null where it has no length. */
export function unit(vector: ArrayLike<number>): Float64Array | null {
  const length = Math.hypot(...Array.from(vector))
  return length > 0 ? Float64Array.from(vector, (value) => value / length) : null
}

/**
 * Distances of points from their mean along two unit directions, and the share of the variance that each has. The
 * second is the direction of greatest variance at right angles to the first where it is null.
 * @param vectors [count, width]
 */
export async function scoresAlong(
  vectors: Float32Array,
  count: number,
  width: number,
  first: Float64Array,
  second: Float64Array | null
): Promise<{ scores: Float32Array; shares: [number, number]; cosine: number }> {
  const mean = columnMeans(vectors, count, width)
  const along = (direction: ArrayLike<number>, row: number): number => {
    let score = 0
    for (let i = 0; i < width; i++) score += (vectors[row * width + i]! - mean[i]!) * direction[i]!
    return score
  }
  const axes = [first, second ?? (await remaining(vectors, count, width, first))]
  const scores = new Float32Array(2 * count)
  const squares: [number, number] = [0, 0]
  let total = 0
  for (let row = 0; row < count; row++) {
    axes.forEach((direction, axis) => {
      const score = along(direction, row)
      scores[2 * row + axis] = score
      squares[axis]! += score * score
    })
    for (let i = 0; i < width; i++) total += (vectors[row * width + i]! - mean[i]!) ** 2
  }
  return {
    scores,
    shares: total > 0 ? [squares[0] / total, squares[1] / total] : [0, 0],
    cosine: first.reduce((sum, value, i) => sum + value * axes[1]![i]!, 0)
  }
}

async function remaining(
  vectors: Float32Array,
  count: number,
  width: number,
  first: Float64Array
): Promise<Float64Array> {
  const rest = new Float32Array(vectors.length)
  for (let row = 0; row < count; row++) {
    const at = row * width
    let score = 0
    for (let i = 0; i < width; i++) score += vectors[at + i]! * first[i]!
    for (let i = 0; i < width; i++) rest[at + i] = vectors[at + i]! - score * first[i]!
  }
  return (await principalComponents(rest, count, width, { components: 1 })).axes
}
