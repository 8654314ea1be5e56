import * as tf from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import { rowsPerStep } from '../probes/solvers/pace'
import { readOut } from '../probes/solvers/readOut'
import { spectrumOf, type Spectrum } from './spectrum'
import { Turns } from './turns'

/** Row-major [rows, columns]. */
export interface Matrix {
  values: Float32Array
  rows: number
  columns: number
}

/** X'Y, [x.columns, y.columns], over the same rows; products in single precision, their sums over blocks in double. */
export async function crossProduct(x: Matrix, y: Matrix, job: JobHandle): Promise<Matrix> {
  const [rows, columns] = [x.columns, y.columns]
  const sums = new Float64Array(rows * columns)
  const step = rowsPerStep(Math.max(rows, columns), 2 * Math.max(rows, columns) ** 2)
  for (let from = 0; from < x.rows; from += step) {
    if (from > 0) await job.yield()
    const to = Math.min(x.rows, from + step)
    const block = ({ values, columns: width }: Matrix): tf.Tensor2D =>
      tf.tensor2d(values.subarray(from * width, to * width), [to - from, width])
    const product = readOut(tf.tidy(() => tf.matMul(tf.transpose(block(x)), block(y))))
    product.forEach((value, i) => (sums[i]! += value))
  }
  return { values: Float32Array.from(sums), rows, columns }
}

/** X'X, [columns, columns], in double precision: small directions must not drown in large ones. */
export async function ownProduct({ values, rows, columns }: Matrix, job: JobHandle): Promise<Float64Array> {
  const turns = new Turns(job)
  const byColumn = new Float64Array(columns * rows)
  for (let row = 0; row < rows; row++)
    for (let c = 0; c < columns; c++) byColumn[c * rows + row] = values[row * columns + c]!
  const product = new Float64Array(columns * columns)
  for (let i = 0; i < columns; i++) {
    for (let j = i; j < columns; j++) {
      let sum = 0
      for (let row = 0, x = i * rows, y = j * rows; row < rows; row++, x++, y++) sum += byColumn[x]! * byColumn[y]!
      product[i * columns + j] = sum
      product[j * columns + i] = sum
    }
    await turns.next()
  }
  return product
}

/**
 * Singular values of M, descending, [rows], by the eigenvalues of MM'; with `vectors`, the left singular vectors as
 * rows.
 */
export async function singularValues(m: Matrix, vectors: boolean, job: JobHandle): Promise<Spectrum> {
  const columns: Matrix = { values: transposed(m), rows: m.columns, columns: m.rows }
  const spectrum = await spectrumOf(await ownProduct(columns, job), m.rows, { vectors }, job)
  return { ...spectrum, values: spectrum.values.map((value) => Math.sqrt(Math.max(0, value))) }
}

export function transposed({ values, rows, columns }: Matrix): Float32Array {
  const result = new Float32Array(values.length)
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j]!
  return result
}

/** With its shorter side as rows. */
export function wide(m: Matrix): Matrix {
  return m.rows <= m.columns ? m : { values: transposed(m), rows: m.columns, columns: m.rows }
}
