/**
 * Slope of each head (Press et al. 2022, section 3): a geometric sequence; for a number of heads that is not a power of
 * two, every second one of the longer sequence follows, or comes before.
 */
export function alibiSlopes(heads: number, steepest = 8, between: 'after' | 'before' = 'after'): number[] {
  const power = 2 ** Math.floor(Math.log2(heads))
  const sequence = (count: number): number[] =>
    Array.from({ length: count }, (_, i) => 2 ** ((-steepest * (i + 1)) / count))
  if (power === heads) return sequence(heads)
  const finer = sequence(2 * power).filter((_, i) => i % 2 === 0)
  return between === 'after'
    ? [...sequence(power), ...finer.slice(0, heads - power)]
    : [...sequence(2 * power).filter((_, i) => i % 2 === 1), ...finer].slice(0, heads)
}

/** A number as bfloat16 holds it: 8 bits of fraction, ties to even. */
export function roundedToBfloat16(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)
  bits[0] = ((bits[0]! + 0x7fff + ((bits[0]! >>> 16) & 1)) >>> 16) << 16
  return new Float32Array(bits.buffer)[0]!
}

/**
 * Bucket of key minus query (Raffel et al. 2020, section 2.1): half of them for each direction, of these half for one
 * distance each, the rest logarithmic. Each step is rounded to float32 as the reference implementation does, so that
 * a distance on a boundary falls on the same side.
 */
export function distanceBucket(distance: number, buckets: number, maxDistance: number): number {
  const perSide = Math.floor(buckets / 2)
  const exact = Math.floor(perSide / 2)
  const side = distance > 0 ? perSide : 0
  const size = Math.abs(distance)
  if (size < exact) return side + size
  const logarithm = Math.fround(
    Math.fround(Math.log(Math.fround(size / exact))) / Math.fround(Math.log(maxDistance / exact))
  )
  return side + Math.min(perSide - 1, exact + Math.trunc(Math.fround(logarithm * (perSide - exact))))
}

/**
 * Signed bucket of query minus key (He et al. 2021, appendix A.5): near distances as they are, far ones logarithmic.
 */
export function logBucket(distance: number, buckets: number, maxDistance: number): number {
  const middle = Math.floor(buckets / 2)
  const size = Math.abs(distance)
  if (size <= middle) return distance
  const ratio = Math.fround(
    Math.fround(Math.log(Math.fround(size / middle))) / Math.fround(Math.log(Math.fround((maxDistance - 1) / middle)))
  )
  return Math.sign(distance) * (Math.ceil(Math.fround(ratio * (middle - 1))) + middle)
}
