/** A remainder shorter than this share of the vector's length is rounding. */
const negligible = 1e-6

/**
 * An orthonormal basis of the span of `vectors`, by modified Gram-Schmidt, twice (Giraud et al. 2005: twice is enough).
 */
export function orthonormal(vectors: readonly (readonly number[])[]): Float64Array[] {
  const basis: Float64Array[] = []
  for (const vector of vectors) {
    const rest = Float64Array.from(vector)
    const length = norm(rest)
    for (let pass = 0; pass < 2; pass++) {
      for (const unit of basis) {
        let along = 0
        for (let i = 0; i < rest.length; i++) along += unit[i]! * rest[i]!
        for (let i = 0; i < rest.length; i++) rest[i]! -= along * unit[i]!
      }
    }
    const remainder = norm(rest)
    if (remainder > negligible * length) basis.push(rest.map((value) => value / remainder))
  }
  return basis
}

function norm(vector: Float64Array): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
}
