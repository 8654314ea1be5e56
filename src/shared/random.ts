/** Seeded random numbers: the same seed gives the same numbers in the window, the engine and the tests. */
export interface Random {
  /** Uniform in [0, 1), 32 bits of it. */
  next(): number
  /** A uniform integer in [0, bound). */
  integer(bound: number): number
  /** Standard normal deviate. */
  normal(): number
}

/**
 * The sfc32 generator (Doty-Humphrey, PractRand: "Small Fast Counting", 128 bits of state, period at least 2^32).
 * Any finite number is a seed; its fractional part is ignored.
 */
export function seededRandom(seed: number): Random {
  let a = 0x9e3779b9
  let b = 0x243f6a88
  let c = Math.trunc(seed) | 0
  let counter = 1

  const bits = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  // Neighbouring seeds start similarly; PractRand's author discards this many outputs before the first one used.
  for (let i = 0; i < 15; i++) bits()

  const next = (): number => bits() / 4294967296
  return {
    next,
    integer: (bound) => Math.floor(next() * bound),
    // Box and Muller (1958); 1 - u keeps the logarithm finite.
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  }
}

/**
 * Fills an array with normal deviates of mean 0, two for each pair of uniform ones (Box and Muller 1958).
 * @param cutoff in deviations: values beyond it are drawn again; none by default
 */
export function fillNormal(target: Float32Array, deviation: number, random: Random, cutoff = Infinity): void {
  let filled = 0
  const put = (deviate: number): void => {
    if (filled < target.length && Math.abs(deviate) <= cutoff) target[filled++] = deviate * deviation
  }
  while (filled < target.length) {
    const radius = Math.sqrt(-2 * Math.log(1 - random.next()))
    const angle = 2 * Math.PI * random.next()
    put(radius * Math.cos(angle))
    put(radius * Math.sin(angle))
  }
}

/** `count` different integers of [0, bound) in ascending order (Floyd's algorithm: Bentley & Floyd 1987). */
export function sampleWithoutReplacement(bound: number, count: number, random: Random): Int32Array {
  if (count > bound) throw new RangeError(`Cannot draw ${count} different numbers below ${bound}.`)
  const chosen = new Set<number>()
  for (let upper = bound - count; upper < bound; upper++) {
    const candidate = random.integer(upper + 1)
    chosen.add(chosen.has(candidate) ? upper : candidate)
  }
  return Int32Array.from(chosen).sort()
}

/** Fisher and Yates, in place. */
export function shuffle<T>(values: { length: number; [index: number]: T }, random: Random): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = random.integer(i + 1)
    const value = values[i]!
    values[i] = values[j]!
    values[j] = value
  }
}
