import * as tf from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import { symmetricEigen } from '@shared/projection/symmetricEigen'
import { rowsPerStep } from '../probes/solvers/pace'
import { choleskyInverse } from '../probes/solvers/positiveInverse'
import type { SelectedRows } from '../probes/solvers/standardise'

/** x - (x - mean) right^T left, of low rank: at most the number of classes minus 1. */
export interface Eraser {
  /** [width] */
  mean: number[]
  /** [rank, width] each. */
  left: number[][]
  right: number[][]
}

/** Share of the largest eigenvalue below which a direction of the labels counts as zero. */
const negligible = 1e-10

/**
 * The smallest change of x, in the least-squares sense, after which no linear classifier can predict the classes
 * better than by a constant: least-squares concept erasure (Belrose et al. 2023, theorem 4.3),
 *
 *     r(x) = x - W^+ P W (x - E x),  W = S_xx^(-1/2),  P the orthogonal projection on the columns of W S_xz.
 *
 * Multiplied out, W^+ P W = S_xz (S_zx S_xx^-1 S_xz)^+ S_zx S_xx^-1, which needs no root. Whatever stands for S_xx, the
 * covariance with the labels is removed exactly; so the small ridge that makes it invertible costs nothing but
 * minimality.
 * @param labels class of each selected row, in [0, classes)
 */
export async function fitLeace(
  data: SelectedRows,
  labels: Int32Array,
  classes: number,
  job: JobHandle
): Promise<Eraser> {
  const { width } = data
  const count = data.rows.length
  const { mean, crossCovariance } = classMeans(data, labels, classes)
  const inverse = await choleskyInverse(await covariance(data, mean, job), width, job)
  // S_xx^-1 S_xz, both [width, classes]
  const solved = new Float64Array(width * classes)
  for (let i = 0; i < width; i++)
    for (let j = 0; j < width; j++) {
      const entry = inverse[i * width + j]!
      for (let k = 0; k < classes; k++) solved[i * classes + k]! += entry * crossCovariance[j * classes + k]!
    }
  const small = new Float64Array(classes * classes)
  for (let i = 0; i < width; i++)
    for (let k = 0; k < classes; k++)
      for (let l = 0; l < classes; l++)
        small[k * classes + l]! += crossCovariance[i * classes + k]! * solved[i * classes + l]!
  const { values, vectors } = symmetricEigen(small, classes)
  const kept = Array.from(values.keys()).filter((r) => values[r]! > negligible * values[0]! && count > 0)
  const rows = (matrix: Float64Array): number[][] =>
    kept.map((r) => {
      const scale = 1 / Math.sqrt(values[r]!)
      return Array.from({ length: width }, (_, i) => {
        let sum = 0
        for (let k = 0; k < classes; k++) sum += matrix[i * classes + k]! * vectors[r * classes + k]!
        return sum * scale
      })
    })
  return { mean: [...mean], left: rows(crossCovariance), right: rows(solved) }
}

/** Rows of vectors [items, width] after the eraser. */
export function eraseRows(vectors: Float32Array, { mean, left, right }: Eraser): Float32Array {
  const width = mean.length
  const result = new Float32Array(vectors)
  for (let from = 0; from < vectors.length; from += width) {
    for (const [r, reading] of right.entries()) {
      let along = 0
      for (let i = 0; i < width; i++) along += reading[i]! * (vectors[from + i]! - mean[i]!)
      const direction = left[r]!
      for (let i = 0; i < width; i++) result[from + i]! -= along * direction[i]!
    }
  }
  return result
}

/** E x, and the covariance of x with one-hot labels [width, classes]: (n_k / n) (E[x | k] - E x). */
function classMeans(
  { values, width, rows }: SelectedRows,
  labels: Int32Array,
  classes: number
): { mean: Float64Array; crossCovariance: Float64Array } {
  const sums = new Float64Array(classes * width)
  const counts = new Float64Array(classes)
  rows.forEach((row, i) => {
    const k = labels[i]!
    counts[k]!++
    for (let j = 0; j < width; j++) sums[k * width + j]! += values[row * width + j]!
  })
  const count = rows.length
  const mean = new Float64Array(width)
  for (let k = 0; k < classes; k++) for (let j = 0; j < width; j++) mean[j]! += sums[k * width + j]! / count
  const crossCovariance = new Float64Array(width * classes)
  for (let k = 0; k < classes; k++)
    for (let j = 0; j < width; j++)
      crossCovariance[j * classes + k] = (sums[k * width + j]! - counts[k]! * mean[j]!) / count
  return { mean, crossCovariance }
}

/** Covariance of the selected rows [width, width], a millionth of its mean variance on the diagonal. */
async function covariance(
  { values, width, rows }: SelectedRows,
  mean: Float64Array,
  job: JobHandle
): Promise<Float64Array> {
  const sum = new Float64Array(width * width)
  const step = rowsPerStep(width, 2 * width * width)
  for (let from = 0; from < rows.length; from += step) {
    if (from > 0) await job.yield()
    const to = Math.min(rows.length, from + step)
    const block = new Float32Array((to - from) * width)
    for (let i = from; i < to; i++)
      for (let j = 0; j < width; j++) block[(i - from) * width + j] = values[rows[i]! * width + j]! - mean[j]!
    const product = tf.tidy(() => {
      const x = tf.tensor2d(block, [to - from, width])
      return tf.matMul(tf.transpose(x), x)
    })
    product.dataSync<'float32'>().forEach((value, i) => (sum[i]! += value))
    product.dispose()
  }
  let trace = 0
  for (let i = 0; i < width; i++) trace += sum[i * width + i]!
  for (let i = 0; i < width; i++) sum[i * width + i]! += (1e-6 * trace) / width
  return sum.map((value) => value / rows.length)
}
