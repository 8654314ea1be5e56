/** Eigenvalues in descending order and, as rows of a [n, n] matrix, their unit eigenvectors. */
export interface Eigen {
  values: Float64Array
  vectors: Float64Array
}

const MOST_SWEEPS = 60

/**
 * Eigenvectors of a small symmetric matrix, row-major [size, size], by cyclic Jacobi rotations (Golub & Van Loan,
 * Matrix Computations, section 8.5): slower than QR but simple, and accurate to the last digits.
 */
export function symmetricEigen(matrix: Float64Array, size: number): Eigen {
  const a = matrix.slice()
  const vectors = new Float64Array(size * size)
  for (let i = 0; i < size; i++) vectors[i * size + i] = 1
  const negligible = 1e-30 * a.reduce((sum, value) => sum + value * value, 0)
  for (let sweep = 0; sweep < MOST_SWEEPS && offDiagonal(a, size) > negligible; sweep++) {
    for (let p = 0; p < size - 1; p++) {
      for (let q = p + 1; q < size; q++) rotate(a, vectors, size, p, q)
    }
  }
  return sorted(a, vectors, size)
}

/** Makes entry (p, q) zero, keeping both triangles, and turns the vectors along. */
function rotate(a: Float64Array, vectors: Float64Array, size: number, p: number, q: number): void {
  const apq = a[p * size + q]!
  if (apq === 0) return
  const theta = (a[q * size + q]! - a[p * size + p]!) / (2 * apq)
  const tangent = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const cosine = 1 / Math.sqrt(tangent * tangent + 1)
  const sine = tangent * cosine
  for (let i = 0; i < size; i++) {
    const ip = a[i * size + p]!
    const iq = a[i * size + q]!
    a[i * size + p] = cosine * ip - sine * iq
    a[i * size + q] = sine * ip + cosine * iq
  }
  rotateRows(a, size, p, q, cosine, sine)
  rotateRows(vectors, size, p, q, cosine, sine)
}

function rotateRows(a: Float64Array, size: number, p: number, q: number, cosine: number, sine: number): void {
  for (let i = 0; i < size; i++) {
    const pi = a[p * size + i]!
    const qi = a[q * size + i]!
    a[p * size + i] = cosine * pi - sine * qi
    a[q * size + i] = sine * pi + cosine * qi
  }
}

function offDiagonal(a: Float64Array, size: number): number {
  let sum = 0
  for (let i = 0; i < size; i++) {
    for (let j = i + 1; j < size; j++) sum += 2 * a[i * size + j]! * a[i * size + j]!
  }
  return sum
}

function sorted(a: Float64Array, vectors: Float64Array, size: number): Eigen {
  const order = Array.from({ length: size }, (_, i) => i).sort((i, j) => a[j * size + j]! - a[i * size + i]!)
  const result: Eigen = { values: new Float64Array(size), vectors: new Float64Array(size * size) }
  order.forEach((from, to) => {
    result.values[to] = a[from * size + from]!
    result.vectors.set(vectors.subarray(from * size, (from + 1) * size), to * size)
  })
  return result
}
