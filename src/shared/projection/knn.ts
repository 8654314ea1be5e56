import { silentJob, type JobHandle } from '../jobs'
import type { Metric } from '../projection'
import { UserError } from '../userError'
import { prepareVectors, rowDistance } from './metric'
import { plainProducts, type MakePairwiseProducts } from './pairwiseProducts'

/** Nearest neighbours of n points, nearest first, the point itself left out; both [n, k] row-major. */
export interface Neighbours {
  count: number
  k: number
  indices: Int32Array
  distances: Float32Array
}

export interface NeighbourOptions {
  k: number
  metric: Metric
  /** The engine passes its backend's matrix product; plain JavaScript otherwise. */
  products?: MakePairwiseProducts
  /** Reports rows done and learns of cancellation; the units are points. */
  job?: Pick<JobHandle, 'progress' | 'yield'>
}

/**
 * Candidates kept beyond k. Products in single precision can order near-equal distances wrongly; the candidates are
 * measured again in double precision, so a true neighbour is lost only if rounding moved it behind this many others.
 */
export const SLACK = 8

/**
 * Exact k nearest neighbours of `count` row-major vectors, by blocks of the matrix of inner products.
 *
 * Each unordered pair is multiplied once. Distances are recomputed in double precision from the vectors given and
 * sorted; equal ones are ordered by index.
 *
 * @throws {UserError} when there are not more than k points, or a vector holds NaN or infinity.
 */
export async function nearestNeighbours(
  vectors: Float32Array,
  count: number,
  width: number,
  options: NeighbourOptions
): Promise<Neighbours> {
  const { k, metric, products: makeProducts = plainProducts, job = silentJob() } = options
  if (!Number.isInteger(k) || k < 1)
    throw new UserError(`The number of neighbours must be a whole number from 1, not ${k}.`)
  if (k >= count) throw new UserError(`${k} neighbours of a point need at least ${k + 1} points; there are ${count}.`)
  const prepared = prepareVectors(vectors, count, width, metric)
  const candidates = new Candidates(count, Math.min(k + SLACK, count - 1))
  const products = makeProducts(prepared.vectors, count, width)
  try {
    for (let rowStart = 0; rowStart < count; rowStart += products.rowsPerBlock) {
      const rowEnd = Math.min(rowStart + products.rowsPerBlock, count)
      const block = { rowStart, rowEnd, columnStart: rowStart, columnEnd: count }
      candidates.collect(block, await products.multiply(block), prepared.squares)
      job.progress(rowsOfTriangle(rowEnd, count), count)
      await job.yield()
    }
  } finally {
    products.dispose?.()
  }
  return measureCandidates(candidates, rowDistance(vectors, width, metric), k, job)
}

/** Points' worth of work in the first `rows` rows of the upper triangle, whose rows grow shorter. */
function rowsOfTriangle(rows: number, count: number): number {
  return Math.round((rows * (2 * count - rows)) / count)
}

/** The best `capacity` candidates of every point, sorted by squared distance; -1 where there are fewer. */
export class Candidates {
  readonly indices: Int32Array
  private readonly scores: Float32Array
  /** Score of the worst candidate kept: what a newcomer has to beat. */
  private readonly worst: Float32Array

  constructor(
    readonly count: number,
    readonly capacity: number
  ) {
    this.indices = new Int32Array(count * capacity).fill(-1)
    this.scores = new Float32Array(count * capacity).fill(Infinity)
    this.worst = new Float32Array(count).fill(Infinity)
  }

  /** Takes in a block of the upper triangle; each entry is a candidate for its row and for its column. */
  collect(block: { rowStart: number; rowEnd: number }, products: Float32Array, squares: Float64Array): void {
    const { count, worst } = this
    const columns = count - block.rowStart
    for (let row = block.rowStart; row < block.rowEnd; row++) {
      const offset = (row - block.rowStart) * columns - block.rowStart
      const rowSquare = squares[row]!
      let rowWorst = worst[row]!
      for (let column = row + 1; column < count; column++) {
        const score = rowSquare + squares[column]! - 2 * products[offset + column]!
        if (score < rowWorst) {
          this.insert(row, column, score)
          rowWorst = worst[row]!
        }
        this.offer(column, row, score)
      }
    }
  }

  /** Takes in a candidate if it is among the best; the same one must not be offered twice. */
  offer(point: number, candidate: number, score: number): void {
    if (score < this.worst[point]!) this.insert(point, candidate, score)
  }

  private insert(point: number, candidate: number, score: number): void {
    const { indices, scores } = this
    const first = point * this.capacity
    let place = first + this.capacity - 1
    while (place > first && scores[place - 1]! > score) {
      scores[place] = scores[place - 1]!
      indices[place] = indices[place - 1]!
      place--
    }
    scores[place] = score
    indices[place] = candidate
    this.worst[point] = scores[first + this.capacity - 1]!
  }
}

/** Rows measured between two chances to answer others. */
const MEASURE_ROWS = 512

/** The k nearest of every point's candidates, measured again in double precision. */
export async function measureCandidates(
  candidates: Candidates,
  distance: (first: number, second: number) => number,
  k: number,
  job: Pick<JobHandle, 'yield'>
): Promise<Neighbours> {
  const { count, capacity } = candidates
  const indices = new Int32Array(count * k)
  const distances = new Float32Array(count * k)
  const measured = new Float64Array(capacity)
  const order = new Int32Array(capacity)
  for (let point = 0; point < count; point++) {
    const first = point * capacity
    for (let i = 0; i < capacity; i++) {
      const candidate = candidates.indices[first + i]!
      const value = distance(point, candidate)
      let place = i
      while (
        place > 0 &&
        (measured[place - 1]! > value || (measured[place - 1]! === value && order[place - 1]! > candidate))
      ) {
        measured[place] = measured[place - 1]!
        order[place] = order[place - 1]!
        place--
      }
      measured[place] = value
      order[place] = candidate
    }
    indices.set(order.subarray(0, k), point * k)
    distances.set(measured.subarray(0, k), point * k)
    if (point % MEASURE_ROWS === MEASURE_ROWS - 1) await job.yield()
  }
  return { count, k, indices, distances }
}
