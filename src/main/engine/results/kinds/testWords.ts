import type { PairedTest } from '@shared/pairedTest'
import { endCells } from './ablationWords'

export const testColumns = ['difference', 'low', 'high', 'p', 'corrected', 'words', 'sentences']

/** One paired test as cells of `testColumns`. */
export function testCells({ difference, interval, p, corrected, words, sentences }: PairedTest): (number | null)[] {
  return [difference, ...endCells(interval), p, corrected, words, sentences]
}

/** How p-values and intervals were computed. @param correction "with Holm's correction for all pairs" */
export function byRandomisation(
  permutations: number,
  correction: string,
  clusters: 'document' | 'sentence' = 'sentence'
): string {
  return (
    `P-values are by approximate randomisation over ${clusters}s ` +
    `(${permutations.toLocaleString('en')} sign changes), ${correction}; ` +
    `intervals are by resampling ${clusters}s [efronTibshirani1993].`
  )
}
