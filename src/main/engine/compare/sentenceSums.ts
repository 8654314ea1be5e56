import * as tf from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import { rowsPerStep } from '../probes/solvers/pace'
import { readOut } from '../probes/solvers/readOut'

/**
 * Sums over sentences, with new weights for every draw of a resampling test: one matrix product of whole numbers,
 * equal on every backend.
 * @param counts [sentences, columns], whole numbers
 * @param weigh writes the weights of draw `draw` into a row of [sentences]; called once a draw, in order
 * @returns [draws, columns]
 */
export async function sentenceSums(
  counts: Float32Array,
  columns: number,
  draws: number,
  weigh: (row: Float32Array, draw: number) => void,
  job: JobHandle
): Promise<Float32Array> {
  const sentences = counts.length / columns
  const sums = new Float32Array(draws * columns)
  // Weights are drawn in plain loops, a few operations each.
  const step = rowsPerStep(sentences, sentences * (2 * columns + 8))
  const right = tf.tensor2d(counts, [sentences, columns])
  try {
    for (let from = 0; from < draws; from += step) {
      if (from > 0) await job.yield()
      const to = Math.min(draws, from + step)
      const weights = new Float32Array((to - from) * sentences)
      for (let draw = from; draw < to; draw++)
        weigh(weights.subarray((draw - from) * sentences, (draw - from + 1) * sentences), draw)
      // [draws, sentences] x [sentences, columns] -> [draws, columns]
      sums.set(readOut(tf.tidy(() => tf.matMul(tf.tensor2d(weights, [to - from, sentences]), right))), from * columns)
    }
  } finally {
    right.dispose()
  }
  return sums
}
