import { silentJob, type JobHandle } from '../jobs'
import { seededRandom } from '../random'
import { UserError } from '../userError'
import { columnMeans } from './metric'
import { symmetricEigen } from './symmetricEigen'

export interface PrincipalComponents {
  /** Coordinates of the rows along the components, [n, components]. */
  scores: Float32Array
  /**
   * Unit direction of each component, [components, width]; its entry of largest magnitude is positive, as in
   * scikit-learn.
   */
  axes: Float64Array
  mean: Float64Array
  /** Share of the total variance along each component, descending. */
  explained: number[]
}

export interface PrincipalOptions {
  components: number
  /** Seed of the random start; the result does not depend on it beyond rounding. */
  seed?: number
  /** Reports passes over the data, at most `total`, and learns of cancellation. */
  job?: Pick<JobHandle, 'progress' | 'yield'>
}

/** Vectors carried beyond the components wanted: they speed up convergence of the last ones. */
const OVERSAMPLING = 4
/** Most vectors in the Krylov basis; real hidden states need a quarter of it. */
const LARGEST_BASIS = 240
/** A component counts as found when |C v - theta v| is below this share of the largest variance. */
const TOLERANCE = 1e-6
/** Multiplications between two chances to answer others, some 100 ms. */
const PRODUCTS_PER_CHUNK = 1e8

/**
 * The leading principal components of `count` row-major vectors by randomised block Krylov iteration with Rayleigh-Ritz
 * (Musco & Musco 2015, algorithm 2), stopped by the residual. The covariance matrix is never formed, so 4,096 columns
 * are as fine as 384: a pass costs 2 n d (components + 4) multiplications, and real hidden states take about ten.
 *
 * @throws {UserError} when more components are requested than the data can have, or a vector holds NaN or infinity.
 */
export async function principalComponents(
  vectors: Float32Array,
  count: number,
  width: number,
  { components, seed = 0, job = silentJob() }: PrincipalOptions
): Promise<PrincipalComponents> {
  const most = Math.min(count - 1, width)
  if (!Number.isInteger(components) || components < 1 || components > most) {
    throw new UserError(
      `${count} vectors of ${width} numbers have at most ${Math.max(0, most)} principal components, so ` +
        `${components} cannot be computed.`
    )
  }
  const mean = columnMeans(vectors, count, width)
  const total = totalVariation(vectors, count, mean)
  if (!Number.isFinite(total)) {
    throw new UserError(
      "A vector holds a value that is not a finite number: check the model's weights, then extract this layer again."
    )
  }
  const covariance: CovarianceData = { vectors, count, width, mean }
  const { axes, values } = await leadingAxes(covariance, components, seed, job)
  for (const axis of axes) makeLargestPositive(axis)
  const flat = new Float64Array(components * width)
  axes.forEach((axis, component) => flat.set(axis, component * width))
  return {
    scores: await project(covariance, axes, job),
    axes: flat,
    mean,
    explained: values.map((value) => (total > 0 ? Math.max(0, value) / total : 0))
  }
}

interface CovarianceData {
  vectors: Float32Array
  count: number
  width: number
  mean: Float64Array
}

type Breath = Pick<JobHandle, 'progress' | 'yield'>

async function leadingAxes(data: CovarianceData, components: number, seed: number, job: Breath) {
  const { width } = data
  const random = seededRandom(seed)
  const blockSize = Math.min(components + OVERSAMPLING, width)
  const largest = Math.min(width, Math.max(LARGEST_BASIS, 4 * blockSize))
  const basis: Float64Array[] = []
  const images: Float64Array[] = []
  let block = Array.from({ length: blockSize }, () => Float64Array.from({ length: width }, () => random.normal()))
  for (;;) {
    const first = basis.length
    for (const vector of block) {
      if (basis.length < largest && orthonormalise(vector, basis)) basis.push(vector)
    }
    const added = basis.slice(first)
    images.push(...(await applyCovariance(data, added, job)))
    job.progress(basis.length, largest)
    const ritz = rayleighRitz(basis, images, components)
    // A basis that cannot grow spans everything the data spans: its Ritz vectors are exact.
    if (added.length === 0 || basis.length >= largest || ritz.residual <= TOLERANCE * ritz.values[0]!) return ritz
    block = images.slice(first).map((image) => image.slice())
  }
}

/** The best approximations to eigenvectors that lie in the span of `basis`, given its images under the covariance. */
function rayleighRitz(basis: Float64Array[], images: Float64Array[], components: number) {
  const size = basis.length
  const small = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      const value = (dot(basis[i]!, images[j]!) + dot(basis[j]!, images[i]!)) / 2
      small[i * size + j] = value
      small[j * size + i] = value
    }
  }
  const eigen = symmetricEigen(small, size)
  const wanted = Math.min(components, size)
  const axes: Float64Array[] = []
  let residual = size < components ? Infinity : 0
  for (let component = 0; component < wanted; component++) {
    const weights = eigen.vectors.subarray(component * size, (component + 1) * size)
    const axis = combine(basis, weights)
    const image = combine(images, weights)
    addScaled(image, axis, -eigen.values[component]!)
    residual = Math.max(residual, Math.sqrt(dot(image, image)))
    axes.push(axis)
  }
  return { axes, values: Array.from(eigen.values.subarray(0, wanted)), residual }
}

/** X'X v for centred X and each v, without centring a copy: X'(Xv - m.v) - m sum(Xv - m.v). */
async function applyCovariance(data: CovarianceData, block: Float64Array[], job: Breath): Promise<Float64Array[]> {
  const { vectors, count, width, mean } = data
  const images = block.map(() => new Float64Array(width))
  const means = block.map((vector) => dot(mean, vector))
  const sums = new Float64Array(block.length)
  const rowsPerChunk = Math.max(1, Math.floor(PRODUCTS_PER_CHUNK / (2 * width * Math.max(1, block.length))))
  for (let start = 0; start < count; start += rowsPerChunk) {
    const end = Math.min(start + rowsPerChunk, count)
    const tiled = end - ((end - start) % 4)
    for (let row = start; row < tiled; row += 4) {
      for (let i = 0; i < block.length; i++)
        sums[i]! += accumulateFour(vectors, row * width, width, block[i]!, means[i]!, images[i]!)
    }
    for (let row = tiled; row < end; row++) {
      const x = vectors.subarray(row * width, (row + 1) * width)
      for (let i = 0; i < block.length; i++) {
        const score = dotRow(x, block[i]!) - means[i]!
        sums[i]! += score
        addScaled(images[i]!, x, score)
      }
    }
    await job.yield()
  }
  images.forEach((image, i) => addScaled(image, mean, -sums[i]!))
  return images
}

/**
 * Four rows at once, which share every load of `vector` and every load and store of `image`; returns the sum of their
 * scores.
 */
function accumulateFour(
  vectors: Float32Array,
  offset: number,
  width: number,
  vector: Float64Array,
  mean: number,
  image: Float64Array
): number {
  const a0 = offset
  const a1 = a0 + width
  const a2 = a1 + width
  const a3 = a2 + width
  let s0 = -mean
  let s1 = -mean
  let s2 = -mean
  let s3 = -mean
  for (let i = 0; i < width; i++) {
    const value = vector[i]!
    s0 += vectors[a0 + i]! * value
    s1 += vectors[a1 + i]! * value
    s2 += vectors[a2 + i]! * value
    s3 += vectors[a3 + i]! * value
  }
  for (let i = 0; i < width; i++) {
    image[i]! += s0 * vectors[a0 + i]! + s1 * vectors[a1 + i]! + (s2 * vectors[a2 + i]! + s3 * vectors[a3 + i]!)
  }
  return s0 + s1 + (s2 + s3)
}

async function project(
  { vectors, count, width, mean }: CovarianceData,
  axes: Float64Array[],
  job: Breath
): Promise<Float32Array> {
  const scores = new Float32Array(count * axes.length)
  const means = axes.map((axis) => dot(mean, axis))
  const rowsPerChunk = Math.max(1, Math.floor(PRODUCTS_PER_CHUNK / (width * axes.length)))
  for (let row = 0; row < count; row++) {
    const x = vectors.subarray(row * width, (row + 1) * width)
    for (let i = 0; i < axes.length; i++) scores[row * axes.length + i] = dotRow(x, axes[i]!) - means[i]!
    if (row % rowsPerChunk === rowsPerChunk - 1) await job.yield()
  }
  return scores
}

function totalVariation(vectors: Float32Array, count: number, mean: Float64Array): number {
  const width = mean.length
  let total = 0
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < width; column++) {
      const difference = vectors[row * width + column]! - mean[column]!
      total += difference * difference
    }
  }
  return total
}

/** Takes the basis off `vector` and scales it to length 1, in place; false when nothing but rounding is left. */
function orthonormalise(vector: Float64Array, basis: Float64Array[]): boolean {
  const before = Math.sqrt(dot(vector, vector))
  // Twice is enough (Giraud, Langou & Rozloznik 2005): one pass leaves what cancellation has spoilt.
  for (let pass = 0; pass < 2; pass++) {
    for (const other of basis) addScaled(vector, other, -dot(vector, other))
  }
  const length = Math.sqrt(dot(vector, vector))
  if (!(length > 1e-12 * before)) return false
  for (let i = 0; i < vector.length; i++) vector[i]! /= length
  return true
}

function makeLargestPositive(axis: Float64Array): void {
  let largest = 0
  for (const value of axis) if (Math.abs(value) > Math.abs(largest)) largest = value
  if (largest < 0) for (let i = 0; i < axis.length; i++) axis[i] = -axis[i]!
}

function combine(vectors: Float64Array[], weights: Float64Array): Float64Array {
  const sum = new Float64Array(vectors[0]!.length)
  vectors.forEach((vector, i) => addScaled(sum, vector, weights[i]!))
  return sum
}

function addScaled(target: Float64Array, vector: Float64Array | Float32Array, scale: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += scale * vector[i]!
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** Four sums side by side: one alone would wait for its own last addition. */
function dotRow(row: Float32Array, vector: Float64Array): number {
  const even = row.length - (row.length % 4)
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  for (let i = 0; i < even; i += 4) {
    s0 += row[i]! * vector[i]!
    s1 += row[i + 1]! * vector[i + 1]!
    s2 += row[i + 2]! * vector[i + 2]!
    s3 += row[i + 3]! * vector[i + 3]!
  }
  for (let i = even; i < row.length; i++) s0 += row[i]! * vector[i]!
  return s0 + s1 + (s2 + s3)
}
