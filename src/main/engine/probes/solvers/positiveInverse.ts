import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend'
import type { JobHandle } from '@shared/jobs'

/** Multiplications between two chances for others: some tens of milliseconds of plain JavaScript. */
const stretch = 3e7

/**
 * Inverse of a symmetric, positive definite matrix [size, size], as a tensor. TensorFlow's own kernel where it is
 * there, Cholesky's method elsewhere.
 */
export async function positiveInverse(matrix: Float64Array, size: number, job: JobHandle): Promise<Tensor2D> {
  if (tf.getBackend() !== 'tensorflow')
    return tf.tensor2d(new Float32Array(await choleskyInverse(matrix, size, job)), [size, size])
  const backend = tf.backend() as NodeJSKernelBackend
  const { TF_ATTR_BOOL, TF_ATTR_TYPE, TF_FLOAT } = backend.binding
  const attributes = [
    { name: 'adjoint', type: TF_ATTR_BOOL, value: false },
    { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT }
  ]
  return tf.tidy(
    () =>
      backend.executeSingleOutput('MatrixInverse', attributes, [
        tf.tensor2d(new Float32Array(matrix), [size, size])
      ]) as Tensor2D
  )
}

/**
 * The same in plain double precision: A = L L', then L^-1, then A^-1 = L^-T L^-1.
 * @throws Error when a pivot is not positive
 */
export async function choleskyInverse(matrix: Float64Array, size: number, job: JobHandle): Promise<Float64Array> {
  const l = matrix.slice()
  let work = 0
  const pause = async (cost: number): Promise<void> => {
    work += cost
    if (work < stretch) return
    work = 0
    await job.yield()
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = l[i * size + j]!
      for (let k = 0; k < j; k++) sum -= l[i * size + k]! * l[j * size + k]!
      if (i > j) l[i * size + j] = sum / l[j * size + j]!
      else if (sum > 0) l[i * size + i] = Math.sqrt(sum)
      else throw new Error(`The matrix is not positive definite: pivot ${i} is ${sum}.`)
    }
    await pause((i * i) / 2)
  }
  // Row i of L^-1 from the rows above it, so that every inner loop runs along a row.
  const inverse = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) {
      const factor = l[i * size + k]!
      for (let j = 0; j <= k; j++) inverse[i * size + j]! -= factor * inverse[k * size + j]!
    }
    for (let j = 0; j < i; j++) inverse[i * size + j]! /= l[i * size + i]!
    inverse[i * size + i] = 1 / l[i * size + i]!
    await pause((i * i) / 2)
  }
  const result = new Float64Array(size * size)
  for (let k = 0; k < size; k++) {
    for (let i = 0; i <= k; i++) {
      const factor = inverse[k * size + i]!
      for (let j = 0; j <= i; j++) result[i * size + j]! += factor * inverse[k * size + j]!
    }
    await pause((k * k) / 2)
  }
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) result[j * size + i] = result[i * size + j]!
  return result
}
