/**
 * Jensen-Shannon divergence of two distributions in bits (Lin 1991): 0 where they are equal, 1 where they share
 * nothing.
 * @param from place of the first number in both
 * @param length numbers of a distribution
 */
export function jensenShannon(a: ArrayLike<number>, b: ArrayLike<number>, from = 0, length = a.length): number {
  let sum = 0
  for (let i = from; i < from + length; i++) {
    const [p, q] = [a[i]!, b[i]!]
    const middle = (p + q) / 2
    if (p > 0) sum += (p * Math.log2(p / middle)) / 2
    if (q > 0) sum += (q * Math.log2(q / middle)) / 2
  }
  return Math.max(0, sum)
}

/**
 * The mean over the rows of two maps of the same tokens.
 * @param size numbers of a row
 * @param rows rows that are of tokens; those after them are padding
 * @param from place of the maps' first number
 */
export function mapDivergence(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  size: number,
  { rows = size, from = 0 } = {}
): number {
  let sum = 0
  for (let row = 0; row < rows; row++) sum += jensenShannon(a, b, from + row * size, size)
  return rows > 0 ? sum / rows : 0
}
