import type { Interval } from './probe'

/**
 * Whether two sets of answers to the same items differ: the difference, its interval, and how often chance alone does
 * as much.
 */
export interface PairedTest {
  /** Items that both answered, and their number of sentences. */
  words: number
  sentences: number
  /** Accuracy of the first minus accuracy of the second, between -1 and 1. */
  difference: number
  /** By resampling sentences, both on the same resample. */
  interval: Interval
  /** Two-sided, of approximate randomisation over sentences; see docs/probing.md. */
  p: number
  /** The same after Holm's correction for all comparisons that were made with it. */
  corrected: number
}

/** Below this corrected p-value a difference is significant. */
export const significance = 0.05

export function differs({ corrected }: Pick<PairedTest, 'corrected'>): boolean {
  return corrected < significance
}

/** Significantly above 0 after correction for the number of comparisons. */
export function isAbove(test: Pick<PairedTest, 'corrected' | 'difference'>): boolean {
  return differs(test) && test.difference > 0
}

/**
 * Holm's step-down correction (Holm 1979, Scandinavian Journal of Statistics 6, section 2): the smallest p-value times
 * the number of comparisons, the next times one less, and so on, none below the one before it. Holds the chance of any
 * false claim, whatever the comparisons have to do with one another.
 * @returns corrected p-values in the order given
 */
export function holm(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!)
  const corrected = new Array<number>(values.length)
  let least = 0
  order.forEach((index, place) => {
    least = Math.max(least, Math.min(1, (values.length - place) * values[index]!))
    corrected[index] = least
  })
  return corrected
}

/** Tests that were made apart, corrected for all of them. */
export function correctedTogether<T extends PairedTest>(tests: readonly T[]): T[] {
  const corrected = holm(tests.map(({ p }) => p))
  return tests.map((test, index) => ({ ...test, corrected: corrected[index]! }))
}
