import { silentJob, type JobHandle } from '../jobs'
import type { Metric } from '../projection'
import { sampleWithoutReplacement, seededRandom } from '../random'
import { Candidates, measureCandidates, SLACK, type Neighbours } from './knn'
import { prepareVectors, rowDistance, type PreparedVectors } from './metric'

/** Inner products of all rows of `a` with all of `b`, [rows of a, rows of b]. */
export type MatrixProduct = (a: Float32Array, b: Float32Array, width: number) => Float32Array | Promise<Float32Array>

export interface ApproximateOptions {
  k: number
  metric: Metric
  product: MatrixProduct
  seed: number
  job?: Pick<JobHandle, 'progress' | 'yield'>
}

/** Share of the exact neighbours that is aimed at. */
const wanted = 0.97
/** Points that are searched for exactly, to know the share that is found. */
const judged = 300
/** Cells that a point is looked for in: the fewest that reach what is aimed at. */
const probeChoices = [4, 8, 16, 32]
const most = probeChoices.at(-1)!
/** Rounds of k-means, and points for each of its cells. */
const [rounds, pointsPerCell] = [6, 40]
/** Products made at once. */
const productsAtOnce = 4e6

/**
 * Nearly all of the k nearest neighbours of every point, from an inverted file (Jegou, Douze & Schmid 2011): k-means
 * divides the points into about the square root of their number of cells, and a point is compared with the points of
 * the cells nearest to it. Everything is a matrix product, which is what the backends are fast at; some 5 % of the
 * products of an exact search at 100,000 points.
 *
 * @returns neighbours, and the share of the exact ones among them, measured on points drawn with the seed
 */
export async function approximateNeighbours(
  vectors: Float32Array,
  count: number,
  width: number,
  { k, metric, product, seed, job = silentJob() }: ApproximateOptions
): Promise<Neighbours & { recall: number }> {
  const prepared = prepareVectors(vectors, count, width, metric)
  const space: Space = { ...prepared, count, width, product, job }
  const cellCount = Math.max(1, Math.round(Math.sqrt(count)))
  const centres = await kMeans(space, cellCount, seed)
  const probes = Math.min(most, cellCount)
  const near = await nearestCells(space, centres, cellCount, probes)
  const sample = sampleWithoutReplacement(count, Math.min(judged, count), seededRandom(seed))
  const exact = await exactNeighbours(space, sample, k)
  const used = fewestProbes(near, probes, sample, exact, k)

  const candidates = new Candidates(count, Math.min(k + SLACK, count - 1))
  const members = listsOf(count, cellCount, (point) => [near[point * probes]!])
  const visitors = listsOf(count, cellCount, (point) => near.subarray(point * probes, point * probes + used))
  let done = 0
  for (let cell = 0; cell < cellCount; cell++) {
    await compare(space, visitors[cell]!, members[cell]!, candidates)
    done += visitors[cell]!.length
    job.progress(Math.round(done / used), count)
    await job.yield()
  }
  // A point whose cells hold too few others is compared with all.
  const lacking = Int32Array.from({ length: count }, (_, i) => i).filter(
    (point) => candidates.indices[point * candidates.capacity + k - 1]! < 0
  )
  const all = Int32Array.from({ length: count }, (_, i) => i)
  const complete = new Candidates(count, candidates.capacity)
  await compare(space, lacking, all, complete)
  for (const point of lacking)
    for (let i = point * candidates.capacity; i < (point + 1) * candidates.capacity; i++)
      candidates.indices[i] = complete.indices[i]!

  const neighbours = await measureCandidates(candidates, rowDistance(vectors, width, metric), k, job)
  return { ...neighbours, recall: recallOf(neighbours, sample, exact) }
}

interface Space extends Pick<PreparedVectors, 'vectors' | 'squares'> {
  count: number
  width: number
  product: MatrixProduct
  job: Pick<JobHandle, 'progress' | 'yield'>
}

function gather({ vectors, width }: Space, rows: ArrayLike<number>): Float32Array {
  const picked = new Float32Array(rows.length * width)
  for (let i = 0; i < rows.length; i++)
    picked.set(vectors.subarray(rows[i]! * width, (rows[i]! + 1) * width), i * width)
  return picked
}

/** Offers every member to every visitor but itself. */
async function compare(space: Space, visitors: Int32Array, members: Int32Array, candidates: Candidates): Promise<void> {
  if (visitors.length === 0 || members.length === 0) return
  const { squares, width, product, job } = space
  const against = gather(space, members)
  const block = Math.max(1, Math.floor(productsAtOnce / members.length))
  for (let from = 0; from < visitors.length; from += block) {
    const rows = visitors.subarray(from, from + block)
    const products = await product(gather(space, rows), against, width)
    rows.forEach((point, i) => {
      const offset = i * members.length
      for (let m = 0; m < members.length; m++) {
        const member = members[m]!
        if (member !== point)
          candidates.offer(point, member, squares[point]! + squares[member]! - 2 * products[offset + m]!)
      }
    })
    await job.yield()
  }
}

/** Centres of `cells` groups of the points, [cells, width], from a seeded sample of them. */
async function kMeans(space: Space, cells: number, seed: number): Promise<Float32Array> {
  const { count, width } = space
  const random = seededRandom(seed)
  const rows = sampleWithoutReplacement(count, Math.min(count, cells * pointsPerCell), random)
  const points = gather(space, rows)
  const starts = sampleWithoutReplacement(rows.length, cells, random)
  let centres = gather({ ...space, vectors: points }, starts)
  for (let round = 0; round < rounds; round++) {
    const home = await nearestCells({ ...space, vectors: points, count: rows.length }, centres, cells, 1)
    const sums = new Float64Array(cells * width)
    const sizes = new Int32Array(cells)
    home.forEach((cell, point) => {
      sizes[cell]!++
      for (let i = 0; i < width; i++) sums[cell * width + i]! += points[point * width + i]!
    })
    const last = centres
    // A cell that lost its points keeps its centre.
    centres = Float32Array.from(sums, (sum, i) => {
      const size = sizes[Math.floor(i / width)]!
      return size > 0 ? sum / size : last[i]!
    })
  }
  return centres
}

/** The `wide` cells nearest to every point, nearest first: [count, wide]. */
async function nearestCells(
  { vectors, count, width, product, job }: Space,
  centres: Float32Array,
  cells: number,
  wide: number
): Promise<Int32Array> {
  const squares = Float64Array.from({ length: cells }, (_, cell) => {
    let square = 0
    for (let i = cell * width; i < (cell + 1) * width; i++) square += centres[i]! ** 2
    return square
  })
  const nearest = new Int32Array(count * wide)
  const scores = new Float64Array(wide)
  const block = Math.max(1, Math.floor(productsAtOnce / cells))
  for (let from = 0; from < count; from += block) {
    const to = Math.min(count, from + block)
    const products = await product(vectors.subarray(from * width, to * width), centres, width)
    for (let point = from; point < to; point++) {
      scores.fill(Infinity)
      for (let cell = 0; cell < cells; cell++) {
        const score = squares[cell]! - 2 * products[(point - from) * cells + cell]!
        if (score >= scores[wide - 1]!) continue
        let at = wide - 1
        for (; at > 0 && scores[at - 1]! > score; at--) {
          scores[at] = scores[at - 1]!
          nearest[point * wide + at] = nearest[point * wide + at - 1]!
        }
        scores[at] = score
        nearest[point * wide + at] = cell
      }
    }
    await job.yield()
  }
  return nearest
}

/** Points by the cells that `cellsOf` gives them. */
function listsOf(count: number, cells: number, cellsOf: (point: number) => ArrayLike<number>): Int32Array[] {
  const lists = Array.from({ length: cells }, (): number[] => [])
  for (let point = 0; point < count; point++) {
    const own = cellsOf(point)
    for (let i = 0; i < own.length; i++) lists[own[i]!]!.push(point)
  }
  return lists.map((list) => Int32Array.from(list))
}

/** Exact neighbours of some points by brute force, [points, k]. */
async function exactNeighbours(space: Space, points: Int32Array, k: number): Promise<Int32Array> {
  const candidates = new Candidates(space.count, k)
  await compare(
    space,
    points,
    Int32Array.from({ length: space.count }, (_, i) => i),
    candidates
  )
  const exact = new Int32Array(points.length * k)
  points.forEach((point, i) => exact.set(candidates.indices.subarray(point * k, (point + 1) * k), i * k))
  return exact
}

function fewestProbes(near: Int32Array, probes: number, sample: Int32Array, exact: Int32Array, k: number): number {
  const within = (used: number): number => {
    let reached = 0
    sample.forEach((point, i) => {
      const cells = new Set(near.subarray(point * probes, point * probes + used))
      for (let n = 0; n < k; n++) if (cells.has(near[exact[i * k + n]! * probes]!)) reached++
    })
    return reached / exact.length
  }
  return probeChoices.find((used) => used >= probes || within(used) >= wanted) ?? probes
}

function recallOf({ indices, k }: Neighbours, sample: Int32Array, exact: Int32Array): number {
  let hits = 0
  sample.forEach((point, i) => {
    const own = new Set(indices.subarray(point * k, (point + 1) * k))
    for (let n = 0; n < k; n++) if (own.has(exact[i * k + n]!)) hits++
  })
  return hits / exact.length
}
