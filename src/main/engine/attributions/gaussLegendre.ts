/**
 * Points in (0, 1) and weights that sum to 1, of the Gauss-Legendre quadrature, which is exact for polynomials of
 * degree 2 n - 1: roots of the n-th Legendre polynomial by Newton's method (Press et al. 2007, section 4.6).
 */
export function gaussLegendre(count: number): { points: Float64Array; weights: Float64Array } {
  const points = new Float64Array(count)
  const weights = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5))
    let slope = 1
    for (let round = 0; round < 100; round++) {
      let [value, before] = [x, 1]
      for (let n = 2; n <= count; n++) [value, before] = [((2 * n - 1) * x * value - (n - 1) * before) / n, value]
      slope = (count * (before - x * value)) / (1 - x * x)
      const step = value / slope
      x -= step
      if (Math.abs(step) < 1e-15) break
    }
    points[count - 1 - i] = (1 + x) / 2
    weights[count - 1 - i] = 1 / ((1 - x * x) * slope * slope)
  }
  return { points, weights }
}
