import * as tf from '@tensorflow/tfjs-core'
import type { Retrieval } from '@shared/alignment'
import type { JobHandle } from '@shared/jobs'
import { ClusterBootstrap } from '../probes/scores/intervals'
import { readOut } from '../probes/solvers/readOut'

/**
 * Whether the partner of each vector is the nearest to it by cosine, in both directions.
 * @param first [items, width], @param second [items, width]: partners have one row; both stay the caller's
 * @param clusters of the items, which resamples take whole
 */
export async function retrieve(
  first: tf.Tensor2D,
  second: tf.Tensor2D,
  clusters: Int32Array,
  seed: number,
  job: JobHandle
): Promise<Retrieval> {
  const [items] = first.shape
  const cosines = tf.tidy(() => {
    const directions = (rows: tf.Tensor2D): tf.Tensor => tf.divNoNan(rows, tf.norm(rows, 'euclidean', 1, true))
    return tf.matMul(directions(first), directions(second), false, true)
  })
  const there = readOut(tf.argMax(cosines, 1))
  const back = readOut(tf.argMax(cosines, 0))
  cosines.dispose()
  // 0: its partner is the nearest.
  const predicted = Int32Array.from({ length: 2 * items }, (_, i) => {
    const item = i % items
    return (i < items ? there : back)[item] === item ? 0 : 1
  })
  const both = Int32Array.from({ length: 2 * items }, (_, i) => clusters[i % items]!)
  const answers = { gold: new Int32Array(2 * items), predicted, controlRight: null }
  const { accuracy: interval } = await new ClusterBootstrap(both, seed).intervals(answers, 2, job)
  const [right, rightBack] = [share(predicted.subarray(0, items)), share(predicted.subarray(items))]
  return { accuracy: (right + rightBack) / 2, there: right, back: rightBack, interval }
}

function share(predicted: Int32Array): number {
  return predicted.filter((answer) => answer === 0).length / predicted.length
}
