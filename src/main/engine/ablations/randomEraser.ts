import * as tf from '@tensorflow/tfjs-core'
import type { Edit } from '@shared/intervention'
import type { JobHandle } from '@shared/jobs'
import type { Random } from '@shared/random'
import type { HookStatistics } from './edits/edit'

/** How values spread: their mean, and their covariance [width, width]. */
export interface Spread {
  mean: Float32Array
  covariance: Float32Array
  width: number
}

/** An edit that removes directions: LEACE's eraser, or a projection. */
type Removal = Extract<Edit, { kind: 'erase' | 'project' }>

/** Steps of the walk towards directions of more or of less variance, and of the halving between two of them. */
const mostSteps = 48
const halvings = 16

/** Of the rows of values that were kept of a corpus. */
export function spreadOf({ mean, donors }: Pick<HookStatistics, 'mean' | 'donors'>): Spread {
  const width = mean.length
  const rows = donors.length / width
  const covariance = tf.tidy(() => {
    const values = tf.tensor2d(donors, [rows, width])
    const centred = tf.sub(values, tf.mean(values, 0))
    return tf.div(tf.matMul(centred, centred, true, false), rows).dataSync<'float32'>()
  })
  return { mean, covariance: Float32Array.from(covariance), width }
}

/** Variance that an edit removes, summed over features. */
export function removedVariance(edit: Removal, spread: Spread): number {
  const [right, left] = edit.kind === 'erase' ? [edit.right, edit.left] : [edit.basis, edit.basis]
  const read = right.map((row) => times(spread, Float64Array.from(row)))
  let sum = 0
  right.forEach((row, a) =>
    left.forEach((_, b) => {
      sum += dot(row, read[b]!) * dot(left[a]!, left[b]!)
    })
  )
  return sum
}

/**
 * A random eraser of the rank of an edit that removes as much variance and leaves the mean where it is: x - (x - mean)
 * right^T left, the readings `right` drawn at random with variance 1 and without covariance, left = right S with S the
 * covariance, as LEACE has them (Belrose et al. 2023). Directions drawn evenly would remove less where labels lie along
 * directions of much variance. So S is applied to the draws, or I - S / (its largest eigenvalue), until they remove
 * more, or less, than the edit, and a mixture of the last two removes as much.
 */
export async function randomEraser(
  edit: Removal,
  spread: Spread,
  random: Random,
  job: JobHandle
): Promise<Extract<Edit, { kind: 'erase' }>> {
  const rank = edit.kind === 'erase' ? edit.left.length : edit.basis.length
  const wanted = removedVariance(edit, spread)
  const even = Array.from({ length: rank }, () => Float64Array.from({ length: spread.width }, () => random.normal()))
  const largest = largestEigenvalue(spread, even[0]!)
  let from: readonly Float64Array[] = even
  let to: readonly Float64Array[] = even
  const more = removes(eraserOf(even, spread)) < wanted
  for (let step = 0; step < mostSteps; step++) {
    await job.yield()
    from = to
    to = from.map((row) => {
      const along = times(spread, row)
      return unit(more ? along : row.map((value, i) => value - along[i]! / largest))
    })
    if (removes(eraserOf(to, spread)) < wanted !== more) break
  }
  let [low, high] = [0, 1]
  const mixed = (share: number): Float64Array[] =>
    from.map((row, r) => unit(row).map((value, i) => (1 - share) * value + share * to[r]![i]!))
  for (let i = 0; i < halvings; i++) {
    await job.yield()
    const middle = (low + high) / 2
    if (removes(eraserOf(mixed(middle), spread)) < wanted === more) low = middle
    else high = middle
  }
  const { left, right } = eraserOf(mixed(high), spread)
  const plain = (rows: readonly Float64Array[]): number[][] => rows.map((row) => [...row])
  return { kind: 'erase', mean: [...spread.mean], left: plain(left), right: plain(right) }
}

/** Readings of variance 1 without covariance from any rows, by Gram and Schmidt, and what they remove along. */
function eraserOf(
  rows: readonly Float64Array[],
  spread: Spread
): { left: readonly Float64Array[]; right: readonly Float64Array[] } {
  const right: Float64Array[] = []
  const left: Float64Array[] = []
  for (const row of rows) {
    const rest = row.slice()
    // Twice: once leaves rounding of single precision behind.
    for (let pass = 0; pass < 2; pass++)
      for (const [r, reading] of right.entries()) {
        const along = dot(rest, left[r]!)
        rest.forEach((value, i) => (rest[i] = value - along * reading[i]!))
      }
    const along = times(spread, rest)
    const deviation = Math.sqrt(dot(rest, along))
    if (!(deviation > 0)) continue
    right.push(rest.map((value) => value / deviation))
    left.push(along.map((value) => value / deviation))
  }
  return { left, right }
}

/** Readings have variance 1: what is removed has the squared length of the directions. */
function removes({ left }: { left: readonly Float64Array[] }): number {
  return left.reduce((sum, row) => sum + dot(row, row), 0)
}

/** By the power method, from above. */
function largestEigenvalue(spread: Spread, start: Float64Array): number {
  let vector = unit(start)
  let value = 0
  for (let step = 0; step < 20; step++) {
    const next = times(spread, vector)
    value = Math.sqrt(dot(next, next))
    vector = unit(next)
  }
  return 1.05 * value
}

function times({ covariance, width }: Spread, row: Float64Array): Float64Array {
  const product = new Float64Array(width)
  // Four rows of the matrix in one pass over the product, added in their order: the same sums in less time.
  const inFours = width - (width % 4)
  for (let i = 0; i < inFours; i += 4) {
    const [a, b, c, d] = [row[i]!, row[i + 1]!, row[i + 2]!, row[i + 3]!]
    const [atA, atB, atC, atD] = [i * width, (i + 1) * width, (i + 2) * width, (i + 3) * width]
    for (let j = 0; j < width; j++)
      product[j] =
        product[j]! +
        a * covariance[atA + j]! +
        b * covariance[atB + j]! +
        c * covariance[atC + j]! +
        d * covariance[atD + j]!
  }
  for (let i = inFours; i < width; i++)
    for (let j = 0; j < width; j++) product[j]! += row[i]! * covariance[i * width + j]!
  return product
}

function unit(row: Float64Array): Float64Array {
  const length = Math.sqrt(dot(row, row)) || 1
  return row.map((value) => value / length)
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
