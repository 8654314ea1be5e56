/** Share of the largest ratios that the fit leaves out, as Facco et al. do. */
const discarded = 0.1

/** The intrinsic dimension of points from the distances of their two nearest neighbours. */
export interface IntrinsicDimension {
  /** Slope of -log(1 - F) over log(r2 / r1) through the origin, without the largest tenth. */
  fit: number
  /** (n - 1) / sum of log(r2 / r1): the unbiased maximum-likelihood estimate of the same model. */
  likelihood: number
}

/**
 * TwoNN (Facco, d'Errico, Rodriguez & Laio 2017): where density is even, r2 / r1 follows a Pareto law whose exponent is
 * the dimension. The empirical distribution begins at 0, as in the authors' program.
 * @param distances of the two nearest neighbours of every point, [n, 2], the first above 0
 */
export function twoNn(distances: Float32Array): IntrinsicDimension {
  const count = distances.length / 2
  const ratios = Float64Array.from({ length: count }, (_, i) =>
    Math.log(distances[2 * i + 1]! / distances[2 * i]!)
  ).sort()
  const kept = Math.floor(count * (1 - discarded))
  let [products, squares, sum] = [0, 0, 0]
  for (let i = 0; i < count; i++) {
    sum += ratios[i]!
    if (i >= kept) continue
    products += -Math.log(1 - i / count) * ratios[i]!
    squares += ratios[i]! ** 2
  }
  return { fit: squares > 0 ? products / squares : 0, likelihood: sum > 0 ? (count - 1) / sum : 0 }
}

/** Rows without their repetitions: at distance 0 a ratio says nothing. */
export function differentRows(vectors: Float32Array, width: number, rows: readonly number[]): number[] {
  const seen = new Set<string>()
  return rows.filter((row) => {
    const bytes = Buffer.from(vectors.buffer, vectors.byteOffset + 4 * row * width, 4 * width)
    const key = bytes.toString('latin1')
    return !seen.has(key) && seen.add(key)
  })
}
