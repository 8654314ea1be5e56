import * as tf from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import type { LinearProbe } from './linear'
import { rowsPerStep } from './pace'

/** The answers of one probe to every row. */
export interface Classification {
  /** Class of highest probability. */
  predicted: Int32Array
  /** Its probability. */
  probability: Float32Array
}

/** The answers of probes with the same classes to rows of vectors [items, width]. */
export async function classify(vectors: Float32Array, width: number, probes: readonly LinearProbe[], job: JobHandle): Promise<Classification[]> {
  const items = vectors.length / width
  const results = probes.map(() => ({ predicted: new Int32Array(items), probability: new Float32Array(items) }))
  const classes = probes.reduce((sum, probe) => sum + probe.intercept.length, 0)
  const step = rowsPerStep(width, 2 * width * classes)
  for (let from = 0; from < items; from += step) {
    if (from > 0) await job.yield()
    const to = Math.min(items, from + step)
    tf.tidy(() => {
      const block = tf.tensor2d(vectors.subarray(from * width, to * width), [to - from, width])
      probes.forEach(({ weight, intercept }, p) => {
        const classes = intercept.length
        const weights = tf.transpose(tf.tensor2d(weight, [classes, width]))
        const logits = tf.add(tf.matMul(block, weights), tf.tensor1d(intercept))
        const { predicted, probability } = results[p]!
        predicted.set(tf.argMax(logits, 1).dataSync<'int32'>(), from)
        probability.set(tf.max(tf.softmax(logits as tf.Tensor2D), 1).dataSync<'float32'>(), from)
      })
    })
  }
  return results
}
