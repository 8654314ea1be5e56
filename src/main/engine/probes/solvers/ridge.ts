import * as tf from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import { rowsPerStep } from './pace'
import { readOut } from './readOut'
import { measureFeatures, standardisedRows, type SelectedRows } from './standardise'

/** A linear map to a number, over raw vectors. */
export interface RidgeProbe {
  weight: Float64Array
  intercept: number
}

/**
 * Ridge regression (Hoerl & Kennard 1970) as scikit-learn's `Ridge` over standardised features: the least of |y - Xw -
 * b|^2 + alpha |w|^2, b not penalised. The normal equations are summed on the backend in single precision and solved in
 * double by Cholesky's method.
 * @param targets one for each selected row
 */
export async function fitRidge(
  data: SelectedRows,
  targets: Float64Array,
  alpha: number,
  job: JobHandle
): Promise<RidgeProbe> {
  const { width, rows } = data
  const features = await measureFeatures(data, job)
  const mean = targets.reduce((sum, value) => sum + value, 0) / targets.length
  const gram = new Float64Array(width * width)
  const moments = new Float64Array(width)
  const step = rowsPerStep(width, 2 * width * width)
  for (let from = 0; from < rows.length; from += step) {
    await job.yield()
    const to = Math.min(rows.length, from + step)
    const [products, sums] = tf.tidy(() => {
      const block = standardisedRows(data, features, from, to)
      const centred = tf.tensor2d(
        Float32Array.from(targets.subarray(from, to), (value) => value - mean),
        [to - from, 1]
      )
      return [tf.matMul(block, block, true), tf.matMul(block, centred, true)] as const
    }) as unknown as [tf.Tensor, tf.Tensor]
    addTo(gram, readOut(products))
    addTo(moments, readOut(sums))
  }
  for (let j = 0; j < width; j++) gram[j * width + j]! += alpha
  const solution = await solvePositive(gram, moments, width, job)
  const weight = solution.map((value, j) => value / features.scale[j]!)
  return { weight, intercept: mean - weight.reduce((sum, value, j) => sum + value * features.mean[j]!, 0) }
}

/** The probe's number for every row of [rows, width]. */
export function predictRidge({ weight, intercept }: RidgeProbe, vectors: Float32Array): Float64Array {
  const width = weight.length
  return Float64Array.from({ length: vectors.length / width }, (_, row) => {
    let sum = intercept
    for (let j = 0; j < width; j++) sum += vectors[row * width + j]! * weight[j]!
    return sum
  })
}

function addTo(sums: Float64Array, values: Float32Array): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += values[i]!
}

/** Multiplications between two chances for others: some tens of milliseconds. */
const stretch = 3e7

/** x with A x = b for a symmetric, positive definite A [size, size], which is overwritten. */
async function solvePositive(l: Float64Array, b: Float64Array, size: number, job: JobHandle): Promise<Float64Array> {
  let work = 0
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = l[i * size + j]!
      for (let k = 0; k < j; k++) sum -= l[i * size + k]! * l[j * size + k]!
      l[i * size + j] = i > j ? sum / l[j * size + j]! : Math.sqrt(sum)
    }
    work += (i * i) / 2
    if (work > stretch) {
      work = 0
      await job.yield()
    }
  }
  const x = b.slice()
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) x[i]! -= l[i * size + k]! * x[k]!
    x[i]! /= l[i * size + i]!
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) x[i]! -= l[k * size + i]! * x[k]!
    x[i]! /= l[i * size + i]!
  }
  return x
}
