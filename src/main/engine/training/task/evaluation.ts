import * as tf from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import { determination } from '../../probes/scores/correlation'
import { objectiveLoss, objectiveScores } from '../objectives'
import { contextOf, type TrainingRun } from '../train'
import { labelledRows, type TrainingBatch } from '../trainingBatch'
import { unlabelled } from '../losses'
import { batchOf, sortedBatchesOf } from './batches'
import type { Example } from './examples'

/** Sequences measured at once. */
const measured = 32

/** Scores of a head on examples. */
export interface Evaluation {
  /** [labels, outputs], the labels of the examples one after another. */
  scores: Float32Array
  outputs: number
  /** Labels in the same order: classes, or values. */
  gold: Float64Array
}

/** Runs the model and an objective's head over examples, without dropout. */
export async function evaluate(
  run: TrainingRun,
  objective: string,
  examples: readonly Example[],
  perToken: boolean,
  outputs: number,
  job: JobHandle
): Promise<Evaluation> {
  const starts: number[] = []
  let items = 0
  for (const { labels } of examples) {
    starts.push(items)
    items += labelledRows(labels).length
  }
  const scores = new Float32Array(items * outputs)
  const gold = Float64Array.from(examples.flatMap(({ labels }) => labels.filter((label) => label !== unlabelled)))
  for (const rows of sortedBatchesOf(
    examples.map(({ ids }) => ids.length),
    measured
  )) {
    await job.yield()
    const chosen = rows.map((row) => examples[row]!)
    const batch = batchOf(chosen, objective, perToken)
    const context = withoutDropout(run, batch)
    const counts = chosen.map(({ labels }) => labelledRows(labels).length)
    const values = context.compute(() => objectiveScores(objective, context))
    let at = 0
    rows.forEach((row, i) => {
      const count = counts[i]! * outputs
      scores.set(values.subarray(at, at + count), starts[row]! * outputs)
      at += count
    })
  }
  return { scores, outputs, gold }
}

/** The class with the highest score of each item; of equal ones the first. */
export function predictedClasses({ scores, outputs }: Evaluation): Int32Array {
  return Int32Array.from({ length: scores.length / outputs }, (_, item) => {
    let best = 0
    for (let k = 1; k < outputs; k++) if (scores[item * outputs + k]! > scores[item * outputs + best]!) best = k
    return best
  })
}

/** Mean loss over the items, every class weighing alike, and accuracy or, of a quantity, R². */
export function judge(evaluation: Evaluation, kind: 'class' | 'number'): { loss: number; score: number } {
  const { scores, outputs, gold } = evaluation
  if (kind === 'number') {
    const squares = gold.reduce((sum, value, item) => sum + (value - scores[item]!) ** 2, 0)
    return { loss: squares / gold.length, score: determination(gold, Float64Array.from(scores)) }
  }
  let loss = 0
  for (let item = 0; item < gold.length; item++) {
    const row = scores.subarray(item * outputs, (item + 1) * outputs)
    const most = row.reduce((a, b) => Math.max(a, b))
    const sum = row.reduce((total, score) => total + Math.exp(score - most), 0)
    loss += most + Math.log(sum) - row[gold[item]!]!
  }
  const right = predictedClasses(evaluation).reduce((count, id, item) => count + (id === gold[item] ? 1 : 0), 0)
  return { loss: loss / gold.length, score: right / gold.length }
}

/** Mean loss of the language-model head on sequences, in nats a predicted token. */
export async function languageModelLoss(
  run: TrainingRun,
  objective: string,
  sequences: readonly { ids: Int32Array; read: Int32Array; labels: readonly number[] }[],
  job: JobHandle
): Promise<number> {
  let loss = 0
  let count = 0
  for (const rows of sortedBatchesOf(
    sequences.map(({ ids }) => ids.length),
    8
  )) {
    await job.yield()
    const chosen = rows.map((row) => sequences[row]!)
    const batch = batchOf(chosen, objective, true)
    const context = withoutDropout(run, batch)
    const [mean] = context.compute(() => objectiveLoss(objective, context, null))
    const labelled = chosen.reduce((sum, { labels }) => sum + labelledRows(labels).length, 0)
    loss += mean! * labelled
    count += labelled
  }
  return loss / count
}

/** The context of an objective on a batch, and a way to compute in it while nothing is dropped. */
export function withoutDropout(run: TrainingRun, batch: TrainingBatch) {
  return {
    ...contextOf({ ...run, batches: [batch] }, 0),
    compute(work: () => tf.Tensor): Float32Array {
      const { dropout } = run.model
      run.model.dropout = null
      try {
        const tensor = tf.tidy(work)
        const values = tensor.dataSync<'float32'>().slice()
        tensor.dispose()
        return values
      } finally {
        run.model.dropout = dropout
      }
    }
  }
}
