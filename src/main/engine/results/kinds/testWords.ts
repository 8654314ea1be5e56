import type { PairedTest } from '@shared/pairedTest'

export const testColumns = ['difference', 'low', 'high', 'p', 'corrected', 'words', 'sentences']

/** One paired test as cells of `testColumns`. */
export function testCells({ difference, interval, p, corrected, words, sentences }: PairedTest): number[] {
  return [difference, ...interval, p, corrected, words, sentences]
}

/** How p-values and intervals were computed. @param family what the correction is for: 'each list' */
export function byRandomisation(permutations: number, family: string): string {
  return (
    `P-values are by approximate randomisation over sentences (${permutations.toLocaleString('en')} sign changes), ` +
    `with Holm's correction for ${family}; intervals are by resampling sentences [efronTibshirani1993].`
  )
}
