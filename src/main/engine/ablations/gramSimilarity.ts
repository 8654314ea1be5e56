import * as tf from '@tensorflow/tfjs-core'
import type { Interval } from '@shared/probe'
import type { JobHandle } from '@shared/jobs'
import { centreLayer } from '../compare/centredLayer'
import { bootstrapInterval } from '../probes/scores/bootstrapInterval'
import { ClusterResamples, resamples } from '../probes/scores/clusterResamples'
import { clusterSums } from '../probes/scores/clusterSums'
import { readOut } from '../probes/solvers/readOut'

/**
 * How often each cluster of the rows counts, once for each time that a similarity is computed: all clusters once; each
 * cluster left out in turn; each resample.
 */
export class ClusterWeights {
  readonly clusters: number
  /** Cluster of every row, from 0. */
  readonly clusterOf: Int32Array
  /** Times that a similarity is computed. */
  readonly times: number
  /** Rows of each cluster. */
  readonly sizes: Float64Array
  private readonly drawn: Uint16Array

  /** @param clusterOf a number for the cluster of every row */
  constructor(clusterOf: ArrayLike<number>, seed: number) {
    const resampled = new ClusterResamples(clusterOf, seed)
    this.clusters = resampled.clusters
    this.clusterOf = resampled.cluster
    this.drawn = resampled.drawn
    this.times = 1 + this.clusters + resamples
    this.sizes = resampled.byCluster(new Float64Array(clusterOf.length).fill(1))
  }

  /** Weights of the clusters at one time, into a row [clusters]. */
  write(row: Float32Array, time: number): void {
    const draw = time - 1 - this.clusters
    if (draw >= 0) row.set(this.drawn.subarray(draw * this.clusters, (draw + 1) * this.clusters))
    else {
      row.fill(1)
      if (time > 0) row[time - 1] = 0
    }
  }
}

/** Products of all pairs of rows of one layer, without the diagonal, and their weighted sums. */
export interface Gram {
  rows: number
  /** [rows, rows], 0 on the diagonal. */
  products: Float32Array
  /** Sums of the weighted rows, [times, rows]. */
  sums: Float32Array
}

/** @param values [rows, width]; overwritten */
export async function gramOf(
  values: Float32Array,
  width: number,
  weights: ClusterWeights,
  job: JobHandle
): Promise<Gram> {
  const { clusterOf, clusters, times } = weights
  const rows = clusterOf.length
  const { values: centred } = await centreLayer(values, width, job)
  const products = readOut(
    tf.tidy(() => {
      const x = tf.tensor2d(centred, [rows, width])
      return tf.matMul(x, tf.transpose(x))
    })
  )
  await job.yield()
  const byCluster = new Float64Array(clusters * rows)
  for (let i = 0; i < rows; i++) {
    products[i * rows + i] = 0
    const offset = clusterOf[i]! * rows
    for (let j = 0; j < rows; j++) byCluster[offset + j]! += products[i * rows + j]!
  }
  const weigh = (row: Float32Array, time: number): void => weights.write(row, time)
  return { rows, products, sums: await clusterSums(Float32Array.from(byCluster), rows, times, weigh, job) }
}

/**
 * The unbiased HSIC of two layers over the same rows, linear kernels, at each time: the U-statistic that Song et al.
 * (2012), eq. 5, compute, the mean of K_ij (L_ij + L_qr - 2 L_iq) over rows that all differ, each counted as often as
 * its cluster. Copies of a row, as a resample has them, are never paired with one another: that would count as
 * similarity. It does not depend on centring, so rows can be left out without centring again.
 * @returns [times]; NaN with fewer than four rows
 */
export async function hsic(k: Gram, l: Gram, weights: ClusterWeights, job: JobHandle): Promise<Float64Array> {
  const { rows } = k
  const { clusterOf, clusters, sizes, times } = weights
  // Sums of K_ij L_ij over the pairs of two clusters.
  const pairs = new Float64Array(clusters * clusters)
  for (let i = 0; i < rows; i++) {
    const offset = clusterOf[i]! * clusters
    for (let j = 0; j < rows; j++)
      pairs[offset + clusterOf[j]!]! += k.products[i * rows + j]! * l.products[i * rows + j]!
  }
  await job.yield()
  const products = Float32Array.from(pairs)
  const once = await clusterSums(products, clusters, times, (row, time) => weights.write(row, time), job)
  const squared = (row: Float32Array, time: number): void => {
    weights.write(row, time)
    row.forEach((weight, cluster) => (row[cluster] = weight * weight))
  }
  const twice = await clusterSums(products, clusters, times, squared, job)
  const weight = new Float32Array(clusters)
  return Float64Array.from({ length: times }, (_, time) => {
    weights.write(weight, time)
    // Sums of powers of the weights over rows.
    const power = [0, 0, 0, 0, 0]
    let [pair, mixed, square] = [0, 0, 0]
    for (let c = 0; c < clusters; c++) {
      const w = weight[c]!
      for (let p = 1; p <= 4; p++) power[p]! += w ** p * sizes[c]!
      pair += w * once[time * clusters + c]!
      mixed += w * twice[time * clusters + c]!
      square += w * w * twice[time * clusters + c]!
    }
    let [sumK, sumL, crossed, crossedSquare] = [0, 0, 0, 0]
    for (let i = 0, at = time * rows; i < rows; i++, at++) {
      const w = weight[clusterOf[i]!]!
      const product = w * k.sums[at]! * l.sums[at]!
      sumK += w * k.sums[at]!
      sumL += w * l.sums[at]!
      crossed += product
      crossedSquare += w * product
    }
    const [, p1, p2, p3, p4] = power as [number, number, number, number, number]
    const triples = p1 ** 3 - 3 * p1 * p2 + 2 * p3
    const quadruples = p1 ** 4 - 6 * p1 * p1 * p2 + 8 * p1 * p3 + 3 * p2 * p2 - 6 * p4
    if (quadruples < 1) return NaN
    return (
      pair / (p1 * p1 - p2) +
      (sumK * sumL - 4 * crossedSquare + 2 * square) / quadruples -
      (2 * (crossed - mixed)) / triples
    )
  })
}

/**
 * Debiased linear CKA (Kornblith et al. 2019 with the estimator of Song et al. 2012) from the three HSICs, with a 95 %
 * interval by resampling clusters. NaN if a layer has no variance.
 */
export function similarityOf(
  cross: Float64Array,
  own: Float64Array,
  other: Float64Array,
  { clusters }: Pick<ClusterWeights, 'clusters'>
): { value: number; interval: Interval } {
  const values = cross.map((xy, time) => {
    const [xx, yy] = [own[time]!, other[time]!]
    return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : NaN
  })
  const known = (part: Float64Array): Float64Array => part.filter((value) => !Number.isNaN(value))
  const [value] = values as unknown as [number]
  const drawn = known(values.subarray(1 + clusters))
  const leftOut = known(values.subarray(1, 1 + clusters))
  const interval = drawn.length > 0 ? bootstrapInterval(value, drawn, leftOut) : null
  // The estimate of a resample of few rows may be above 1, which no similarity is.
  return { value, interval: interval && [interval[0], Math.min(interval[1], Math.max(1, value))] }
}
