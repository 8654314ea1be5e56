import * as tf from '@tensorflow/tfjs-core'
import type { HeadPooling } from '@shared/finetuneRequests'
import type { JobHandle } from '@shared/jobs'
import { pooled } from '../heads'
import type { TokenBatch } from '../../models/transformer/batch'
import { spanVectors } from '../spanVectors'
import type { TrainablePass } from '../trainable'
import { labelledRows, type TrainingBatch } from '../trainingBatch'
import { batchOf, sortedBatchesOf } from './batches'
import type { Example } from './examples'

/** Sequences run at once. */
const runAtOnce = 32

/** Hidden states of the items of some examples, in their order. */
export interface FeatureItems {
  /** [items, width] of every layer, or of the last one alone. */
  layers: Float32Array[]
  width: number
  /** Items of each example. */
  counts: number[]
}

/** Runs a model that does not change over examples once, and keeps what a head would read of each item. */
export async function featureItems(
  model: { run(input: TokenBatch): Pick<TrainablePass, 'hiddenStates'> },
  examples: readonly Example[],
  perToken: boolean,
  pooling: HeadPooling,
  mixed: boolean,
  job: JobHandle
): Promise<FeatureItems> {
  const counts = examples.map(({ labels }) => labelledRows(labels).length)
  let items = 0
  const starts = counts.map((count) => (items += count) - count)
  const found: FeatureItems = { layers: [], width: 0, counts }
  let done = 0
  for (const rows of sortedBatchesOf(
    examples.map(({ ids }) => ids.length),
    runAtOnce
  )) {
    await job.yield()
    const chosen = rows.map((row) => examples[row]!)
    const batch = batchOf(chosen, 'items', perToken)
    const read = tf.tidy(() => {
      const { hiddenStates } = model.run(batch.tokens)
      return (mixed ? hiddenStates : hiddenStates.slice(-1)).map((states) =>
        readItems(states, batch, perToken, pooling)
      )
    })
    found.width = read[0]!.shape[1]
    read.forEach((layer, l) => {
      const values = layer.dataSync<'float32'>()
      const target = (found.layers[l] ??= new Float32Array(items * found.width))
      let at = 0
      for (const row of rows) {
        const count = counts[row]! * found.width
        target.set(values.subarray(at, at + count), starts[row]! * found.width)
        at += count
      }
    })
    tf.dispose(read)
    done += rows.length
    job.progress(done, examples.length, 'Computing hidden states')
  }
  return found
}

/** (R, W) -> (items of the batch, W) */
function readItems(states: tf.Tensor2D, batch: TrainingBatch, perToken: boolean, pooling: HeadPooling): tf.Tensor2D {
  if (batch.spans) return spanVectors(states, batch.spans, pooling)
  return perToken
    ? tf.gather(states, tf.tensor1d(labelledRows(batch.labels['items']!), 'int32'))
    : pooled(states, pooling, batch)
}

/**
 * Examples of one item each, which a `FeatureTable` of these items answers.
 * @param first number of the first item in the table
 */
export function itemExamples(examples: readonly Example[], counts: readonly number[], first: number): Example[] {
  let item = first
  return examples.flatMap(({ sentence, labels, places, weights }, i) => {
    const labelled = labelledRows(labels)
    return Array.from({ length: counts[i]! }, (_, k) => ({
      sentence,
      ids: Int32Array.of(item++),
      wordOfToken: Int32Array.of(-1),
      segments: null,
      labels: [labels[labelled[k]!]!],
      places: places && [places[k]!],
      spans: null,
      ...(weights && { weights: [weights[labelled[k]!]!] })
    }))
  })
}
