import type { Interval } from '@shared/probe'
import { seededRandom } from '@shared/random'
import { bootstrapInterval } from './bootstrapInterval'

/** Resamples of a bootstrap. */
export const resamples = 1000

/**
 * Resamples of whole clusters with replacement (cluster bootstrap; Efron & Tibshirani 1993, ch. 8): documents where the
 * data names enough of them, otherwise sentences (datasets/clusters.ts), because words of one text are not independent.
 * All that is scored on the same units sees the same resamples, so that scores can be compared.
 */
export class ClusterResamples {
  /** Number of clusters. */
  readonly clusters: number
  /** Cluster of every unit, from 0 in the order in which they occur. */
  readonly cluster: Int32Array
  /** How often a cluster is in a resample: [resamples, clusters]. */
  readonly drawn: Uint16Array

  /** @param clusterOf a number for the cluster of every unit (item, sentence, tree) */
  constructor(clusterOf: ArrayLike<number>, seed: number) {
    const index = new Map<number, number>()
    this.cluster = Int32Array.from(clusterOf, (id) => {
      const known = index.get(id) ?? index.size
      index.set(id, known)
      return known
    })
    this.clusters = index.size
    const random = seededRandom(seed)
    this.drawn = new Uint16Array(resamples * this.clusters)
    for (let start = 0; start < this.drawn.length; start += this.clusters) {
      for (let i = 0; i < this.clusters; i++) this.drawn[start + random.integer(this.clusters)]!++
    }
  }

  /** Values of the units, [units], summed by cluster. */
  byCluster(values: ArrayLike<number>): Float64Array {
    const sums = new Float64Array(this.clusters)
    this.cluster.forEach((cluster, unit) => (sums[cluster]! += values[unit]!))
    return sums
  }

  /** By resample, the sum over its clusters. @param sums by cluster */
  sumsOf(sums: Float64Array): Float64Array {
    return Float64Array.from({ length: resamples }, (_, b) => {
      const first = b * this.clusters
      let sum = 0
      for (let c = 0; c < this.clusters; c++) sum += this.drawn[first + c]! * sums[c]!
      return sum
    })
  }

  /**
   * The 95 % interval of a statistic of sums over units, such as a mean, a correlation or F1.
   * @param terms the summands of each sum, [units] each
   * @param statistic of the sums, in the order of the terms
   */
  interval(terms: readonly ArrayLike<number>[], statistic: (sums: Float64Array) => number): Interval {
    const width = terms.length
    const rows = new Float64Array(this.clusters * width)
    const whole = new Float64Array(width)
    terms.forEach((values, t) =>
      this.byCluster(values).forEach((sum, c) => {
        rows[c * width + t] = sum
        whole[t]! += sum
      })
    )
    const total = new Float64Array(width)
    const drawn = Float64Array.from({ length: resamples }, (_, b) => {
      total.fill(0)
      for (let c = 0; c < this.clusters; c++) {
        const times = this.drawn[b * this.clusters + c]!
        if (times > 0) for (let t = 0; t < width; t++) total[t]! += times * rows[c * width + t]!
      }
      return statistic(total)
    })
    const leftOut = Float64Array.from({ length: this.clusters }, (_, c) =>
      statistic(whole.map((sum, t) => sum - rows[c * width + t]!))
    )
    return bootstrapInterval(statistic(whole), drawn, leftOut)
  }
}
