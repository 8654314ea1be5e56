import { UserError } from '../userError'
import type { Neighbours } from './knn'

/**
 * A symmetric weighted graph by rows: the edges of point i are `start[i]` to `start[i + 1]`, each with its other end
 * and weight. Both directions of an edge are present, with the same weight.
 */
export interface FuzzyGraph {
  count: number
  start: Int32Array
  tail: Int32Array
  weight: Float32Array
}

const SEARCH_STEPS = 64
const SEARCH_TOLERANCE = 1e-5
/** Least scale of a point's kernel, as a share of its mean neighbour distance: umap-learn's MIN_K_DIST_SCALE. */
const LEAST_SCALE = 1e-3

/**
 * The fuzzy simplicial set of points given by their exact neighbours (McInnes, Healy & Melville 2018, algorithms 2 and
 * 3): a kernel for every point whose memberships add up to log2 of the neighbourhood's size, joined by the
 * probabilistic union p + q - pq of the two directions.
 *
 * `neighbourhood` counts the point itself, as umap-learn's `n_neighbors` does: it uses the first `neighbourhood - 1`
 * neighbours.
 */
export function fuzzySimplicialSet(neighbours: Neighbours, neighbourhood: number): FuzzyGraph {
  const { k } = neighbours
  const used = neighbourhood - 1
  if (!Number.isInteger(neighbourhood) || used < 1) {
    throw new UserError(
      `A neighbourhood must be a whole number from 2, the point itself included, not ${neighbourhood}.`
    )
  }
  if (used > k) {
    throw new UserError(
      `A neighbourhood of ${neighbourhood} needs ${used} neighbours of each point; ${k} were computed.`
    )
  }
  return joinDirections(neighbours, used, memberships(neighbours, used), (p, q) => p + q - p * q)
}

/**
 * Directed memberships, [n, used]: exp(-(d - rho) / sigma), 1 up to rho, the distance of the nearest point not at
 * distance 0.
 */
function memberships({ count, k, distances }: Neighbours, used: number): Float32Array {
  const target = Math.log2(used + 1)
  const strengths = new Float32Array(count * used)
  // Means count the point itself at distance 0, as umap-learn's neighbour lists do.
  let total = 0
  for (let point = 0; point < count; point++) {
    for (let i = 0; i < used; i++) total += distances[point * k + i]!
  }
  const overallMean = total / (count * (used + 1))
  for (let point = 0; point < count; point++) {
    const row = distances.subarray(point * k, point * k + used)
    const rho = row.find((distance) => distance > 0) ?? 0
    const mean = rho > 0 ? row.reduce((sum, distance) => sum + distance, 0) / (used + 1) : overallMean
    const sigma = Math.max(kernelScale(row, rho, target), LEAST_SCALE * mean)
    for (let i = 0; i < used; i++) {
      const beyond = row[i]! - rho
      strengths[point * used + i] = beyond <= 0 || sigma === 0 ? 1 : Math.exp(-beyond / sigma)
    }
  }
  return strengths
}

/** The sigma at which the memberships of a sorted row of distances add up to `target`, by bisection. */
function kernelScale(row: Float32Array, rho: number, target: number): number {
  let low = 0
  let high = Infinity
  let sigma = 1
  for (let step = 0; step < SEARCH_STEPS; step++) {
    let sum = 0
    for (let i = 0; i < row.length; i++) {
      const beyond = row[i]! - rho
      sum += beyond > 0 ? Math.exp(-beyond / sigma) : 1
    }
    if (Math.abs(sum - target) < SEARCH_TOLERANCE) break
    if (sum > target) {
      high = sigma
      sigma = (low + high) / 2
    } else {
      low = sigma
      sigma = high === Infinity ? sigma * 2 : (low + high) / 2
    }
  }
  return sigma
}

/**
 * Joins every directed edge with its reverse, row by row: first a point's own neighbours, then those that only have it
 * as theirs.
 *
 * @param strengths of the first `used` neighbours of every point, [n, used]
 * @param join of an edge's strength and its reverse's, symmetric; an edge without a reverse keeps its strength
 */
export function joinDirections(
  { count, k, indices }: Neighbours,
  used: number,
  strengths: Float32Array,
  join: (strength: number, reverse: number) => number
): FuzzyGraph {
  const incomingStart = new Int32Array(count + 1)
  for (let point = 0; point < count; point++) {
    for (let i = 0; i < used; i++) incomingStart[indices[point * k + i]! + 1]!++
  }
  for (let point = 0; point < count; point++) incomingStart[point + 1]! += incomingStart[point]!
  const incoming = new Int32Array(count * used)
  const incomingStrength = new Float32Array(count * used)
  const filled = incomingStart.slice(0, count)
  for (let point = 0; point < count; point++) {
    for (let i = 0; i < used; i++) {
      const place = filled[indices[point * k + i]!]!++
      incoming[place] = point
      incomingStrength[place] = strengths[point * used + i]!
    }
  }

  const start = new Int32Array(count + 1)
  const tail = new Int32Array(2 * count * used)
  const weight = new Float32Array(2 * count * used)
  // The position of a point in the row being built, plus one; zero if it is not in it yet.
  const placeOf = new Int32Array(count)
  let size = 0
  for (let point = 0; point < count; point++) {
    for (let i = 0; i < used; i++) {
      const strength = strengths[point * used + i]!
      if (strength === 0) continue
      const other = indices[point * k + i]!
      tail[size] = other
      weight[size] = strength
      placeOf[other] = ++size
    }
    for (let i = incomingStart[point]!; i < incomingStart[point + 1]!; i++) {
      const strength = incomingStrength[i]!
      if (strength === 0) continue
      const other = incoming[i]!
      const place = placeOf[other]!
      if (place > start[point]!) {
        const forward = weight[place - 1]!
        weight[place - 1] = join(forward, strength)
      } else {
        tail[size] = other
        weight[size] = strength
        size++
      }
    }
    start[point + 1] = size
  }
  return { count, start, tail: tail.slice(0, size), weight: weight.slice(0, size) }
}
