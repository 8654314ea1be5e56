import type { ProbeDifference } from '@shared/compare'
import { seededRandom } from '@shared/random'
import { percentiles, resamples } from '../probes/intervals'

/**
 * Accuracy of `a` minus accuracy of `b` on the items both answered, with a 95 % percentile interval by resampling whole sentences with replacement
 * (cluster bootstrap; Efron & Tibshirani 1993, ch. 8 and 13). Both answers to a word come into the same resample: what is hard for both cancels out.
 * @param gold, a, b class of every item, negative where an item is left out
 * @param sentenceOf sentence of every item
 */
export function pairedDifference(gold: ArrayLike<number>, a: ArrayLike<number>, b: ArrayLike<number>, sentenceOf: ArrayLike<number>, seed: number): ProbeDifference {
  const places = new Map<number, number>()
  const items: number[] = []
  // Right answers of a minus right answers of b, by sentence: all a resample needs.
  const ahead: number[] = []
  for (let i = 0; i < gold.length; i++) {
    if (gold[i]! < 0 || a[i]! < 0 || b[i]! < 0) continue
    const place = places.get(sentenceOf[i]!) ?? places.size
    places.set(sentenceOf[i]!, place)
    items[place] = (items[place] ?? 0) + 1
    ahead[place] = (ahead[place] ?? 0) + Number(a[i] === gold[i]) - Number(b[i] === gold[i])
  }
  const sentences = items.length
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  const words = sum(items)
  if (words === 0) return { words: 0, sentences: 0, difference: NaN, interval: [NaN, NaN] }
  const random = seededRandom(seed)
  const differences = new Float64Array(resamples)
  for (let resample = 0; resample < resamples; resample++) {
    let drawnItems = 0
    let drawnAhead = 0
    for (let i = 0; i < sentences; i++) {
      const sentence = random.integer(sentences)
      drawnItems += items[sentence]!
      drawnAhead += ahead[sentence]!
    }
    differences[resample] = drawnAhead / drawnItems
  }
  return { words, sentences, difference: sum(ahead) / words, interval: percentiles(differences) }
}
