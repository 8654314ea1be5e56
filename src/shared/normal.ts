/** The standard normal distribution function: G. West 2005, "Better approximations to cumulative normal functions". */
export function normalShare(x: number): number {
  const size = Math.abs(x)
  if (size > 37) return x > 0 ? 1 : 0
  const density = Math.exp(-(size * size) / 2)
  let tail: number
  if (size < 7.07106781186547) {
    const above = horner(
      [0.0352624965998911, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931],
      size,
      220.206867912376
    )
    const below = horner(
      [0.0883883476483184, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831],
      size,
      793.826512519948,
      440.413735824752
    )
    tail = (density * above) / below
  } else {
    const fraction = size + 1 / (size + 2 / (size + 3 / (size + 4 / (size + 0.65))))
    tail = density / fraction / 2.506628274631
  }
  return x > 0 ? 1 - tail : tail
}

function horner(coefficients: readonly number[], x: number, ...last: readonly number[]): number {
  return [...coefficients, ...last].reduce((sum, coefficient) => sum * x + coefficient, 0)
}

/** The value below which a share of a standard normal variable lies, by bisection. */
export function normalQuantile(share: number): number {
  if (share <= 0) return -Infinity
  if (share >= 1) return Infinity
  let [low, high] = [-38, 38]
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2
    if (normalShare(middle) < share) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** Quantile of Student's t from that of the normal: Abramowitz & Stegun 1964, equation 26.7.5. */
export function studentQuantile(normal: number, freedom: number): number {
  const z = normal
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160
  ]
  return terms.reduce((sum, term, i) => sum + term / freedom ** (i + 1), z)
}
