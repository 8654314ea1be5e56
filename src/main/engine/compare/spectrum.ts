import type { JobHandle } from '@shared/jobs'
import { Turns } from './turns'

/** Eigenvalues in descending order and, where wanted, their unit eigenvectors as rows of a [size, size] matrix. */
export interface Spectrum {
  values: Float64Array
  vectors: Float64Array | null
}

/**
 * Eigenvalues of a symmetric matrix of hundreds of rows: Householder's tridiagonal form, then implicit QL steps (Golub
 * & Van Loan, Matrix Computations, sections 8.3.1 and 8.3.3). Jacobi's rotations (shared/projection/symmetricEigen.ts)
 * are for small ones.
 * @param matrix row-major [size, size]; overwritten
 */
export async function spectrumOf(
  matrix: Float64Array,
  size: number,
  { vectors: wanted }: { vectors: boolean },
  job: JobHandle
): Promise<Spectrum> {
  const turns = new Turns(job)
  const diagonal = new Float64Array(size)
  const beside = new Float64Array(size)
  const reflections = await tridiagonal(matrix, size, diagonal, beside, turns)
  const vectors = wanted ? await accumulated(reflections, size, turns) : null
  await implicitQl(diagonal, beside, size, vectors, turns)
  const order = Array.from(diagonal.keys()).sort((i, j) => diagonal[j]! - diagonal[i]!)
  return {
    values: Float64Array.from(order, (i) => diagonal[i]!),
    vectors: vectors && sortedRows(vectors, order, size)
  }
}

/** Q'AQ with its diagonal and what is beside it; Q as the reflections I - 2 v v' that it is the product of. */
async function tridiagonal(
  a: Float64Array,
  size: number,
  diagonal: Float64Array,
  beside: Float64Array,
  turns: Turns
): Promise<Float64Array[]> {
  const reflections: Float64Array[] = []
  const p = new Float64Array(size)
  for (let k = 0; k < size - 1; k++) {
    diagonal[k] = a[k * size + k]!
    const v = new Float64Array(size)
    let length = 0
    for (let i = k + 1; i < size; i++) {
      v[i] = a[k * size + i]!
      length += v[i]! ** 2
    }
    length = Math.sqrt(length)
    const first = v[k + 1]!
    const turned = first > 0 ? -length : length
    beside[k] = turned
    v[k + 1] = first - turned
    let norm = 0
    for (let i = k + 1; i < size; i++) norm += v[i]! ** 2
    reflections.push(v)
    if (norm === 0) continue
    const scale = 1 / Math.sqrt(norm)
    for (let i = k + 1; i < size; i++) v[i]! *= scale
    // p = 2 A v - 2 (v'Av) v, and A becomes A - p v' - v p'.
    let along = 0
    for (let i = k + 1; i < size; i++) {
      let sum = 0
      for (let j = k + 1, at = i * size + j; j < size; j++, at++) sum += a[at]! * v[j]!
      p[i] = 2 * sum
      along += v[i]! * sum
    }
    for (let i = k + 1; i < size; i++) p[i]! -= 2 * along * v[i]!
    for (let i = k + 1; i < size; i++) {
      const [pi, vi] = [p[i]!, v[i]!]
      for (let j = k + 1, at = i * size + j; j < size; j++, at++) a[at]! -= pi * v[j]! + vi * p[j]!
    }
    await turns.next()
  }
  if (size > 0) diagonal[size - 1] = a[size * size - 1]!
  return reflections
}

/** Q', whose rows become the eigenvectors. */
async function accumulated(reflections: readonly Float64Array[], size: number, turns: Turns): Promise<Float64Array> {
  const z = new Float64Array(size * size)
  for (let i = 0; i < size; i++) z[i * size + i] = 1
  for (let k = reflections.length - 1; k >= 0; k--) {
    const v = reflections[k]!
    for (let row = k + 1; row < size; row++) {
      let sum = 0
      for (let j = k + 1, at = row * size + j; j < size; j++, at++) sum += z[at]! * v[j]!
      for (let j = k + 1, at = row * size + j; j < size; j++, at++) z[at]! -= 2 * sum * v[j]!
    }
    await turns.next()
  }
  return z
}

/** Makes what is beside the diagonal zero by rotations, and turns the rows of `z` along. */
async function implicitQl(
  d: Float64Array,
  e: Float64Array,
  size: number,
  z: Float64Array | null,
  turns: Turns
): Promise<void> {
  for (let l = 0; l < size; l++) {
    for (;;) {
      let m = l
      while (m < size - 1 && Math.abs(e[m]!) > Number.EPSILON * (Math.abs(d[m]!) + Math.abs(d[m + 1]!))) m++
      if (m === l) break
      let g = (d[l + 1]! - d[l]!) / (2 * e[l]!)
      let r = Math.hypot(g, 1)
      g = d[m]! - d[l]! + e[l]! / (g + (g >= 0 ? r : -r))
      let [sine, cosine, shifted] = [1, 1, 0]
      let i = m - 1
      for (; i >= l; i--) {
        const f = sine * e[i]!
        const b = cosine * e[i]!
        r = Math.hypot(f, g)
        e[i + 1] = r
        if (r === 0) {
          d[i + 1]! -= shifted
          e[m] = 0
          break
        }
        sine = f / r
        cosine = g / r
        g = d[i + 1]! - shifted
        r = (d[i]! - g) * sine + 2 * cosine * b
        shifted = sine * r
        d[i + 1] = g + shifted
        g = cosine * r - b
        if (z) turnRows(z, i, size, sine, cosine)
      }
      if (r === 0 && i >= l) continue
      d[l]! -= shifted
      e[l] = g
      e[m] = 0
      await turns.next()
    }
  }
}

function turnRows(z: Float64Array, row: number, size: number, sine: number, cosine: number): void {
  for (let k = row * size, end = k + size; k < end; k++) {
    const next = z[k + size]!
    z[k + size] = sine * z[k]! + cosine * next
    z[k] = cosine * z[k]! - sine * next
  }
}

function sortedRows(vectors: Float64Array, order: readonly number[], size: number): Float64Array {
  const result = new Float64Array(size * size)
  order.forEach((from, to) => result.set(vectors.subarray(from * size, (from + 1) * size), to * size))
  return result
}
