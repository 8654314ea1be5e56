import type { JobHandle } from '@shared/jobs'
import { seededRandom } from '@shared/random'
import { clusterSums } from './clusterSums'

/** Fewest random sign changes for a p-value; the smallest possible p-value is 1 in 10,000. */
export const permutations = 9999

/** Draws whose sums are in memory at a time. */
const drawsAtATime = 500

/** Sums of single precision that are equal may differ by as much. */
const rounding = 1e-5

/** Signs of one draw after another, + or - at random for every cluster. */
export function randomSigns(seed: number): (row: Float32Array) => void {
  const random = seededRandom(seed)
  return (row) => {
    let bits = 0
    for (let i = 0; i < row.length; i++) {
      // 32 signs of one number.
      if (i % 32 === 0) bits = Math.floor(random.next() * 4294967296)
      row[i] = (bits >>> (i % 32)) & 1 ? -1 : 1
    }
  }
}

/**
 * P-values of many paired differences, each corrected for all of them: single-step max-T (Westfall & Young 1993,
 * section 2.3). If a change made no difference, the signs of its differences by cluster would be random; all
 * comparisons see the same signs, and p is the share of draws, the observed one included, in which the largest of all
 * is at least as large. A sum of differences is divided by the root of its squares, which signs do not change.
 * @param differences by comparison, of every cluster
 * @param draws of signs
 * @returns two-sided p-values; 1 where nothing differs
 */
export async function maxT(
  differences: readonly Float64Array[],
  draws: number,
  seed: number,
  job: JobHandle
): Promise<number[]> {
  const columns = differences.length
  const clusters = differences[0]?.length ?? 0
  if (clusters === 0) return differences.map(() => 1)
  const standardised = new Float32Array(clusters * columns)
  const sizes = differences.map((values, column) => {
    const root = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))
    if (root === 0) return 0
    values.forEach((value, cluster) => (standardised[cluster * columns + column] = value / root))
    return Math.abs(values.reduce((sum, value) => sum + value, 0)) / root
  })
  const signs = randomSigns(seed)
  const largest = new Float64Array(draws)
  for (let from = 0; from < draws; from += drawsAtATime) {
    const count = Math.min(drawsAtATime, draws - from)
    const sums = await clusterSums(standardised, columns, count, signs, job)
    sums.forEach((sum, i) => {
      const draw = from + Math.floor(i / columns)
      largest[draw] = Math.max(largest[draw]!, Math.abs(sum))
    })
    await job.yield()
  }
  return sizes.map((size) =>
    size === 0 ? 1 : (1 + largest.filter((value) => value >= size - rounding).length) / (draws + 1)
  )
}
