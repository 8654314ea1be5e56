import type { JobHandle } from '@shared/jobs'
import { holm, type PairedTest } from '@shared/pairedTest'
import { seededRandom } from '@shared/random'
import { bootstrapInterval } from './bootstrapInterval'
import { resamples } from './clusterResamples'
import { clusterSums } from './clusterSums'
import { permutations, randomSigns } from './maxT'

/**
 * Random sign changes where as many comparisons are corrected together: the smallest p-value that they can find, times
 * the number of comparisons, is a fortieth.
 */
export function permutationsFor(comparisons: number): number {
  return Math.max(permutations, 40 * comparisons - 1)
}

/** Up to this many differing sentences, every sign change is tried. */
const exactUpTo = 13

/**
 * Right answers of one classifier minus those of another, item by item: 1, 0 or -1; of controls or layers, whatever
 * answered.
 */
export type Ahead = Int8Array

/**
 * Paired tests of several comparisons over the same items.
 *
 * p is that of approximate randomisation (Noreen 1989, section 3A.3; for language data Yeh 2000, COLING): if two sets
 * of answers were equally good, the two answers to a sentence could be exchanged. They do so at random, a whole
 * sentence at a time, because its words are not independent; p is the share of exchanges whose difference is at least
 * as large as the one observed, the observed one counted among them (Phipson & Smyth 2010, equation 2). With few
 * clusters that differ all exchanges are tried, and p is exact. Intervals are 95 % bootstrap intervals over whole
 * clusters (probes/scores/bootstrapInterval.ts), both answers to an item in the same resample: what is hard for both
 * cancels out. All comparisons see the same exchanges and resamples, and are corrected together by Holm's method.
 * @param clusterOf sentence or document of every item
 * @param family comparisons that are corrected together, where that is more than these
 */
export async function pairedTests(
  clusterOf: ArrayLike<number>,
  comparisons: readonly Ahead[],
  seed: number,
  job: JobHandle,
  family = comparisons.length
): Promise<PairedTest[]> {
  const items = clusterOf.length
  if (comparisons.length === 0) return []
  if (items === 0)
    return comparisons.map(() => ({
      words: 0,
      sentences: 0,
      difference: NaN,
      interval: null,
      p: NaN,
      corrected: NaN
    }))
  const { ahead, length, sentences } = sumByCluster(clusterOf, comparisons)
  const columns = comparisons.length
  const observed = comparisons.map((_, c) => column(ahead, columns, c).reduce((sum, value) => sum + value, 0))

  const exchanged = await clusterSums(ahead, columns, permutationsFor(family), randomSigns(seed), job)
  await job.yield()
  const counts = new Float32Array(sentences * (columns + 1))
  for (let s = 0; s < sentences; s++) {
    counts.set(ahead.subarray(s * columns, (s + 1) * columns), s * (columns + 1))
    counts[s * (columns + 1) + columns] = length[s]!
  }
  const resampled = await clusterSums(counts, columns + 1, resamples, randomResample(seed), job)

  const values = observed.map(
    (sum, c) => exactValue(column(ahead, columns, c)) ?? estimatedValue(exchanged, columns, c, sum)
  )
  const corrected = holm(values)
  return observed.map((sum, c) => ({
    words: items,
    sentences,
    difference: sum / items,
    interval: bootstrapInterval(
      sum / items,
      Float64Array.from(
        { length: resamples },
        (_, b) => resampled[b * (columns + 1) + c]! / resampled[b * (columns + 1) + columns]!
      ),
      Float64Array.from(length, (own, s) => (sum - ahead[s * columns + c]!) / (items - own))
    ),
    p: values[c]!,
    corrected: corrected[c]!
  }))
}

/** `ahead` [clusters, comparisons] and the number of items of every cluster. */
export function sumByCluster(
  clusterOf: ArrayLike<number>,
  comparisons: readonly Ahead[]
): { ahead: Float32Array; length: number[]; sentences: number } {
  const places = new Map<number, number>()
  const length: number[] = []
  const place = Int32Array.from(clusterOf, (sentence) => {
    const at = places.get(sentence) ?? places.size
    places.set(sentence, at)
    length[at] = (length[at] ?? 0) + 1
    return at
  })
  const ahead = new Float32Array(places.size * comparisons.length)
  comparisons.forEach((one, c) =>
    one.forEach((value, item) => (ahead[place[item]! * comparisons.length + c]! += value))
  )
  return { ahead, length, sentences: places.size }
}

function column(values: Float32Array, columns: number, c: number): Float32Array {
  return Float32Array.from({ length: values.length / columns }, (_, row) => values[row * columns + c]!)
}

/** Null where too many sentences differ to try all exchanges. */
function exactValue(bySentence: Float32Array): number | null {
  const differing = bySentence.filter((value) => value !== 0)
  if (differing.length > exactUpTo) return null
  const observed = Math.abs(differing.reduce((sum, value) => sum + value, 0))
  const all = 2 ** differing.length
  let reached = 0
  for (let signs = 0; signs < all; signs++) {
    let sum = 0
    differing.forEach((value, i) => (sum += signs & (1 << i) ? -value : value))
    if (Math.abs(sum) >= observed) reached++
  }
  return reached / all
}

function estimatedValue(exchanged: Float32Array, columns: number, c: number, observed: number): number {
  const draws = exchanged.length / columns
  let reached = 1
  for (let draw = 0; draw < draws; draw++) if (Math.abs(exchanged[draw * columns + c]!) >= Math.abs(observed)) reached++
  return reached / (draws + 1)
}

function randomResample(seed: number): (row: Float32Array) => void {
  const random = seededRandom(seed)
  return (row) => {
    for (let i = 0; i < row.length; i++) row[random.integer(row.length)]!++
  }
}
