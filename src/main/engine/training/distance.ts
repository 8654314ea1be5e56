/**
 * How far numbers are from the expected ones, in parts of what is tolerated: at most 1 agrees. NaN is infinitely far.
 * @param tolerance of the number at a place, for its expected value
 */
export function largestDistance(
  ours: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: (value: number, place: number) => number
): number {
  let largest = 0
  for (let place = 0; place < expected.length; place++) {
    const value = expected[place]!
    const distance = Math.abs(ours[place]! - value) / tolerance(value, place)
    // NaN compares false with everything; it must count as the largest distance there is.
    if (!(distance <= largest)) largest = Number.isNaN(distance) ? Infinity : distance
  }
  return largest
}
