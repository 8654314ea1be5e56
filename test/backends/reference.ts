/** The kernels once more, in float64 and as plainly as can be: what every backend is compared with. */
export interface Matrix {
  rows: number
  columns: number
  data: Float64Array
}

export function matrix(rows: number, columns: number, at: (row: number, column: number) => number): Matrix {
  const data = new Float64Array(rows * columns)
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) data[r * columns + c] = at(r, c)
  return { rows, columns, data }
}

export function multiply(a: Matrix, b: Matrix): Matrix {
  return matrix(a.rows, b.columns, (r, c) => {
    let sum = 0
    for (let i = 0; i < a.columns; i++) sum += a.data[r * a.columns + i]! * b.data[i * b.columns + c]!
    return sum
  })
}

/**
 * erf by its Taylor series below 3 and its continued fraction above: 1e-15 either way (Abramowitz & Stegun 7.1.5,
 * 7.1.14).
 */
export function erf(x: number): number {
  const z = Math.abs(x)
  if (z < 3) {
    let term = z
    let sum = z
    for (let n = 1; n < 120; n++) {
      term *= (-z * z) / n
      sum += term / (2 * n + 1)
    }
    return (Math.sign(x) * sum * 2) / Math.sqrt(Math.PI)
  }
  let fraction = 0
  for (let n = 60; n > 0; n--) fraction = n / 2 / (z + fraction)
  return Math.sign(x) * (1 - Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + fraction))
}

export const activations = {
  none: (x: number) => x,
  gelu: (x: number) => (x * (1 + erf(x / Math.SQRT2))) / 2,
  geluTanh: (x: number) => (x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))) / 2,
  relu: (x: number) => Math.max(0, x),
  silu: (x: number) => x / (1 + Math.exp(-x)),
  tanh: (x: number) => Math.tanh(x),
  // A square of a 32-bit number, rounded once: tests compare absolutely, and it grows fast.
  relu2: (x: number) => Math.fround(Math.max(x, 0) ** 2),
  quickGelu: (x: number) => x / (1 + Math.exp(-1.702 * x))
}

export function dense(x: Matrix, weight: Matrix, bias: Matrix | null, activation: keyof typeof activations): Matrix {
  const product = multiply(x, weight)
  return matrix(product.rows, product.columns, (r, c) =>
    activations[activation](product.data[r * product.columns + c]! + (bias?.data[c] ?? 0))
  )
}

export function add(a: Matrix, b: Matrix): Matrix {
  return matrix(a.rows, a.columns, (r, c) => a.data[r * a.columns + c]! + b.data[r * a.columns + c]!)
}

export function layerNorm(x: Matrix, gamma: Matrix, beta: Matrix, epsilon: number): Matrix {
  const { rows, columns, data } = x
  const mean = new Float64Array(rows)
  const scale = new Float64Array(rows)
  for (let r = 0; r < rows; r++) {
    const row = data.subarray(r * columns, (r + 1) * columns)
    mean[r] = row.reduce((sum, value) => sum + value, 0) / columns
    scale[r] = 1 / Math.sqrt(row.reduce((sum, value) => sum + (value - mean[r]!) ** 2, 0) / columns + epsilon)
  }
  return matrix(
    rows,
    columns,
    (r, c) => (data[r * columns + c]! - mean[r]!) * scale[r]! * gamma.data[c]! + beta.data[c]!
  )
}

export function rmsNorm(x: Matrix, gamma: Matrix, epsilon: number): Matrix {
  const scale = Array.from({ length: x.rows }, (_, r) => {
    const row = x.data.subarray(r * x.columns, (r + 1) * x.columns)
    return 1 / Math.sqrt(row.reduce((sum, value) => sum + value ** 2, 0) / x.columns + epsilon)
  })
  return matrix(x.rows, x.columns, (r, c) => x.data[r * x.columns + c]! * scale[r]! * gamma.data[c]!)
}

/**
 * The first `heads` heads turned: value i of a head's first half is paired with value i of its second, by the angles of
 * the row.
 */
export function rotate(x: Matrix, heads: number, depth: number, angles: Matrix): Matrix {
  const half = angles.columns
  return matrix(x.rows, x.columns, (r, c) => {
    const i = c % depth
    const at = (column: number): number => x.data[r * x.columns + column]!
    if (c >= heads * depth || i >= 2 * half) return at(c)
    const angle = angles.data[r * half + (i % half)]!
    return i < half
      ? at(c) * Math.cos(angle) - at(c + half) * Math.sin(angle)
      : at(c) * Math.cos(angle) + at(c - half) * Math.sin(angle)
  })
}

/** qkv with fewer heads of keys and values -> [rows, 3 heads depth], each given to all query heads that share it. */
export function everyHead(qkv: Matrix, heads: number, keyValueHeads: number): Matrix {
  const depth = qkv.columns / (heads + 2 * keyValueHeads)
  return matrix(qkv.rows, 3 * heads * depth, (r, c) => {
    const part = Math.floor(c / (heads * depth))
    const head = Math.floor(c / depth) % heads
    const shared = Math.floor(head / (heads / keyValueHeads))
    const from = part === 0 ? head : heads + (part - 1) * keyValueHeads + shared
    return qkv.data[r * qkv.columns + from * depth + (c % depth)]!
  })
}

/**
 * qkv [sum of lengths, 3 width]; `bias(sequence, head, query, key)` is added to the scaled scores, after they were
 * squeezed to `cap` by tanh.
 * @returns result [rows, width] and pattern [sequences, heads, longest, longest]
 */
export function attention(
  qkv: Matrix,
  lengths: readonly number[],
  heads: number,
  scale: number,
  bias: (s: number, h: number, q: number, k: number) => number = () => 0,
  cap = Infinity
): { result: Matrix; pattern: Float64Array } {
  const width = qkv.columns / 3
  const depth = width / heads
  const longest = Math.max(...lengths)
  const result = matrix(qkv.rows, width, () => 0)
  const pattern = new Float64Array(lengths.length * heads * longest * longest)
  const value = (row: number, part: number, head: number, i: number): number =>
    qkv.data[row * qkv.columns + part * width + head * depth + i]!
  let first = 0
  for (const [s, length] of lengths.entries()) {
    for (let h = 0; h < heads; h++) {
      for (let q = 0; q < length; q++) {
        const scores = Array.from({ length }, (_, k) => {
          let dot = 0
          for (let i = 0; i < depth; i++) dot += value(first + q, 0, h, i) * value(first + k, 1, h, i)
          return (cap === Infinity ? dot * scale : cap * Math.tanh((dot * scale) / cap)) + bias(s, h, q, k)
        })
        const largest = Math.max(...scores)
        const weights = scores.map((score) => Math.exp(score - largest))
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        weights.forEach((weight, k) => {
          pattern[((s * heads + h) * longest + q) * longest + k] = weight / total
          for (let i = 0; i < depth; i++)
            result.data[(first + q) * width + h * depth + i]! += (weight / total) * value(first + k, 2, h, i)
        })
      }
    }
    first += length
  }
  return { result, pattern }
}

/** Numbers in [-1, 1) that are the same on every run (Lehmer's generator, modulus 2^31 - 1, factor 48271). */
export function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48271) % 2147483647
    return state / 1073741823.5 - 1
  }
}
