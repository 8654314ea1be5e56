import * as tf from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import type { Answers, TrainedProbe } from '../methods/method'
import { rowsPerStep } from '../solvers/pace'
import { gathered } from '../solvers/standardise'

/** The answers of one probe to some rows. */
export interface Classification extends Answers {
  /** [rows, classes]; only on request. */
  all: Float32Array | null
}

/**
 * The answers of probes that read the same layers.
 * @param layers vectors [items, width] of every layer they read
 * @param rows which items; every one when left out
 * @param keepAll whether all probabilities are wanted
 */
export async function classify(
  layers: readonly Float32Array[],
  width: number,
  probes: readonly TrainedProbe[],
  job: JobHandle,
  rows: Int32Array | null = null,
  keepAll = false
): Promise<Classification[]> {
  const items = rows ? rows.length : layers[0]!.length / width
  const answered = probes.map((probe) => (rows || keepAll ? null : (probe.answers?.(layers[0]!) ?? null)))
  const results = probes.map(({ classes }, p) => ({
    ...(answered[p] ?? { predicted: new Int32Array(items), probability: new Float32Array(items) }),
    all: keepAll ? new Float32Array(items * classes) : null
  }))
  if (answered.every((answers) => answers !== null)) return results
  const step = rowsPerStep(
    width,
    layers.length * width + probes.reduce((sum, probe) => sum + probe.operationsPerRow, 0)
  )
  for (let from = 0; from < items; from += step) {
    if (from > 0) await job.yield()
    const to = Math.min(items, from + step)
    tf.tidy(() => {
      const blocks = layers.map((values) => {
        const block = rows ? gathered({ values, width, rows }, from, to) : values.subarray(from * width, to * width)
        return tf.tensor2d(block, [to - from, width])
      })
      probes.forEach((probe, p) => {
        if (answered[p]) return
        const probabilities = probe.probabilities(blocks)
        const { predicted, probability, all } = results[p]!
        predicted.set(tf.argMax(probabilities, 1).dataSync<'int32'>(), from)
        probability.set(tf.max(probabilities, 1).dataSync<'float32'>(), from)
        all?.set(probabilities.dataSync<'float32'>(), from * probe.classes)
      })
    })
  }
  return results
}
