import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { extended, matrixOfNumber } from '../../backends/extendedBinding'
import { nativeProcessor } from '../../backends/nativeProcessor'

/** What each feature is shifted and divided by, so that it has mean 0 and variance 1 over the training rows. */
export interface Standardisation {
  mean: Float64Array
  scale: Float64Array
}

/** Some rows of a row-major matrix [*, width]. */
export interface SelectedRows {
  values: Float32Array
  width: number
  /** Positions of the rows that count, ascending. */
  rows: Int32Array
}

/** Elements that one uninterrupted stretch of work may touch: a few tens of milliseconds. */
const stretch = 1 << 22

/** The same of the native kernel. */
const nativeStretch = 1 << 25

/**
 * Mean and population standard deviation of every feature, in double precision, as scikit-learn's StandardScaler
 * computes them. A feature whose variance is no more than rounding error is only centred (scale 1).
 * @throws UserError when a value is not a finite number
 */
export async function measureFeatures({ values, width, rows }: SelectedRows, job: JobHandle): Promise<Standardisation> {
  const count = rows.length
  const sum = new Float64Array(width)
  const squares = new Float64Array(width)
  const native = nativeProcessor()
  const step = Math.max(1, Math.floor((native ? nativeStretch : stretch) / width))
  for (let from = 0; from < count; from += step) {
    if (from > 0) await job.yield()
    const part = { values, width, rows: rows.subarray(from, from + step) }
    // Two passes would lose less to cancellation in single precision; in double, 1e-16 of the squares is left for
    // 24-bit values.
    if (native) extended(native).sumFeatures(values, width, part.rows, sum, squares)
    else addFeatures(part, sum, squares)
  }
  const mean = new Float64Array(width)
  const scale = new Float64Array(width)
  for (let j = 0; j < width; j++) {
    mean[j] = sum[j]! / count
    const variance = Math.max(0, squares[j]! / count - mean[j]! ** 2)
    if (!Number.isFinite(variance)) {
      throw new UserError(
        `Feature ${j} of the vectors is not a finite number for every word; the model's hidden states ` +
          'overflow. Extract them again in float32.'
      )
    }
    const roundingError = (count * Number.EPSILON * squares[j]!) / count + (count * mean[j]! * Number.EPSILON) ** 2
    scale[j] = variance <= roundingError ? 1 : Math.sqrt(variance)
  }
  return { mean, scale }
}

function addFeatures({ values, width, rows }: SelectedRows, sum: Float64Array, squares: Float64Array): void {
  for (let r = 0; r < rows.length; r += 2) {
    // Two rows at a time, because fetching and storing the sums is what takes the time; a last odd row counts for
    // nothing the second time.
    const first = rows[r]! * width
    const second = r + 1 < rows.length ? rows[r + 1]! * width : -1
    for (let j = 0; j < width; j++) {
      const a = values[first + j]!
      const b = second < 0 ? 0 : values[second + j]!
      sum[j]! += a + b
      squares[j]! += a * a + b * b
    }
  }
}

/** Selected rows [from, to), as they lie or gathered. */
export function gathered({ values, width, rows }: SelectedRows, from: number, to: number): Float32Array {
  const asTheyLie = rows[to - 1]! - rows[from]! === to - 1 - from
  if (asTheyLie) return values.subarray(rows[from]! * width, (rows[to - 1]! + 1) * width)
  const result = new Float32Array((to - from) * width)
  for (let i = 0; i < to - from; i++) {
    const row = rows[from + i]!
    result.set(values.subarray(row * width, (row + 1) * width), i * width)
  }
  return result
}

/** Selected rows [from, to), standardised: a tensor [rows, width]. */
export function standardisedRows(
  { values, width, rows }: SelectedRows,
  { mean, scale }: Standardisation,
  from: number,
  to: number
): Tensor2D {
  const inverse = scale.map((value) => 1 / value)
  const native = nativeProcessor()
  if (native)
    return matrixOfNumber(
      native,
      extended(native).standardiseRows(values, width, rows.subarray(from, to), mean, inverse),
      [to - from, width]
    )
  const result = new Float32Array((to - from) * width)
  for (let row = from, at = 0; row < to; row++, at += width) {
    const first = rows[row]! * width
    for (let j = 0; j < width; j++) result[at + j] = (values[first + j]! - mean[j]!) * inverse[j]!
  }
  return tf.tensor2d(result, [to - from, width])
}
