import * as tf from '@tensorflow/tfjs-core'
import type { Scalar } from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import { nativeTraining } from '../../backends/nativeTraining'
import { gradientsOf } from '../gradients'
import { objectiveLoss } from '../objectives'
import { contextOf, type TrainingRun } from '../train'
import { labelledRows, type TrainingBatch } from '../trainingBatch'

/**
 * The diagonal of the empirical Fisher information (Kirkpatrick et al. 2017, section 2): the mean over sequences of the
 * squared gradient of the summed log-probability of their labels, one backward pass a sequence.
 * @param sequences batches of one sequence each, with labels of the objective
 * @returns values by parameter; 0 where the loss does not reach it
 */
export async function fisherDiagonal(
  run: TrainingRun,
  objective: string,
  sequences: readonly TrainingBatch[],
  names: readonly string[],
  job: JobHandle
): Promise<Map<string, Float32Array>> {
  const { parameters } = run.model
  const variables = new Map(names.map((name) => [name, parameters.get(name)]))
  const sums = new Map(names.map((name): [string, tf.Tensor] => [name, tf.zerosLike(parameters.get(name))]))
  const each = 1 / sequences.length
  try {
    for (const batch of sequences) {
      await job.yield()
      const context = contextOf({ ...run, batches: [batch] }, 0)
      const labelled = labelledRows(batch.labels[objective]!).length
      const { value, gradients } = gradientsOf(
        () => tf.mul(objectiveLoss(objective, context, null), labelled) as Scalar,
        variables
      )
      value.dispose()
      for (const [name, gradient] of Object.entries(gradients)) {
        const before = sums.get(name)!
        sums.set(name, addSquares(before, gradient, each))
        tf.dispose([before, gradient])
      }
    }
    return new Map([...sums].map(([name, sum]) => [name, sum.dataSync<'float32'>().slice()]))
  } finally {
    tf.dispose([...sums.values()])
  }
}

/** sum + factor gradient² */
function addSquares(sum: tf.Tensor, gradient: tf.Tensor, factor: number): tf.Tensor {
  const native = nativeTraining()
  if (!native) return tf.tidy(() => tf.add(sum, tf.mul(tf.square(gradient), factor)))
  const { pulled, sum: unused } = native.pull(sum, gradient, null, gradient, factor)
  unused.dispose()
  return pulled
}
