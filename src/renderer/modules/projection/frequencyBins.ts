import { formatCount } from '@/plots/format'

/** Words by how often their form occurs, in steps of about three. */
export interface FrequencyBins {
  /** Bin of every word. */
  of: Int32Array
  /** '1', '2–3', '4–9', ... */
  titles: string[]
}

/** First number of occurrences of each bin. */
const firsts = [1, 2, 4, 10, 32, 100, 316, 1000, 3162, 10_000]

/** @param occurrences of the form of every word, at least 1 */
export function frequencyBins(occurrences: Int32Array): FrequencyBins {
  const of = occurrences.map((times) => firsts.findLastIndex((first) => first <= times))
  const used = of.reduce((most, bin) => Math.max(most, bin), -1) + 1
  const titles = firsts.slice(0, used).map((first, bin) => {
    const last = firsts[bin + 1] === undefined ? null : firsts[bin + 1]! - 1
    if (last === null || bin === used - 1) return first === last ? String(first) : `${formatCount(first)}+`
    return first === last ? String(first) : `${formatCount(first)}–${formatCount(last)}`
  })
  return { of, titles }
}
