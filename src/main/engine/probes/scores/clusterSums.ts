import * as tf from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import { rowsPerStep } from '../solvers/pace'
import { readOut } from '../solvers/readOut'

/**
 * Sums over clusters (sentences or documents), with new weights for every draw of a bootstrap or a test: one matrix
 * product, equal on every backend if the counts are whole numbers.
 * @param counts [clusters, columns]
 * @param weigh writes the weights of draw `draw` into a row of [clusters]; called once a draw, in order
 * @returns [draws, columns]
 */
export async function clusterSums(
  counts: Float32Array,
  columns: number,
  draws: number,
  weigh: (row: Float32Array, draw: number) => void,
  job: JobHandle
): Promise<Float32Array> {
  const clusters = counts.length / columns
  const sums = new Float32Array(draws * columns)
  // Weights are drawn in plain loops, a few operations each.
  const step = rowsPerStep(clusters, clusters * (2 * columns + 8))
  const right = tf.tensor2d(counts, [clusters, columns])
  try {
    for (let from = 0; from < draws; from += step) {
      if (from > 0) await job.yield()
      const to = Math.min(draws, from + step)
      const weights = new Float32Array((to - from) * clusters)
      for (let draw = from; draw < to; draw++)
        weigh(weights.subarray((draw - from) * clusters, (draw - from + 1) * clusters), draw)
      // [draws, clusters] x [clusters, columns] -> [draws, columns]
      sums.set(readOut(tf.tidy(() => tf.matMul(tf.tensor2d(weights, [to - from, clusters]), right))), from * columns)
    }
  } finally {
    right.dispose()
  }
  return sums
}
