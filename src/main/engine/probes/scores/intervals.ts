import * as tf from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import type { Interval } from '@shared/probe'
import { seededRandom } from '@shared/random'
import { bootstrapInterval } from './bootstrapInterval'
import { macroF1Of } from './metrics'
import { rowsPerStep } from '../solvers/pace'
import { readOut } from '../solvers/readOut'

/** Resamples of a bootstrap. */
export const resamples = 1000

/** What one layer's probe answered to the items that carry a label. */
export interface Answers {
  gold: Int32Array
  predicted: Int32Array
  /** Whether the control task's probe was right, by item; null without a control task. */
  controlRight: Uint8Array | null
}

export interface AnswerIntervals {
  accuracy: Interval
  macroF1: Interval
  control: Interval | null
  /** Of accuracy minus control accuracy, both over the same resample. */
  selectivity: Interval | null
}

/**
 * 95 % intervals by resampling whole clusters with replacement (cluster bootstrap; Efron & Tibshirani 1993, ch. 8):
 * documents where the data names enough of them, otherwise sentences (datasets/clusters.ts), because words of one text
 * are not independent. Every layer sees the same resamples, so that layers can be compared.
 * Counts are summed by cluster once; a resample is then a row of how often each was drawn, and all of them are one
 * matrix product of whole numbers, equal on every backend.
 */
export class ClusterBootstrap {
  private readonly sentences: number
  private readonly cluster: Int32Array
  /** How often a sentence is in a resample: [resamples, sentences]. */
  private readonly drawn: Uint16Array

  /** @param clusterOf cluster of every item that carries a label */
  constructor(clusterOf: Int32Array, seed: number) {
    const index = new Map<number, number>()
    this.cluster = clusterOf.map((sentence) => {
      const known = index.get(sentence) ?? index.size
      index.set(sentence, known)
      return known
    })
    this.sentences = index.size
    const random = seededRandom(seed)
    this.drawn = new Uint16Array(resamples * this.sentences)
    for (let start = 0; start < this.drawn.length; start += this.sentences) {
      for (let i = 0; i < this.sentences; i++) this.drawn[start + random.integer(this.sentences)]!++
    }
  }

  async intervals(
    { gold, predicted, controlRight }: Answers,
    classes: number,
    job: JobHandle
  ): Promise<AnswerIntervals> {
    // By sentence: gold, predicted and right counts of every class, and the right answers to the control task.
    const columns = 3 * classes + 1
    const counts = new Float32Array(this.sentences * columns)
    for (let i = 0; i < gold.length; i++) {
      const row = this.cluster[i]! * columns
      counts[row + gold[i]!]!++
      counts[row + classes + predicted[i]!]!++
      if (gold[i] === predicted[i]) counts[row + 2 * classes + gold[i]!]!++
      if (controlRight?.[i]) counts[row + 3 * classes]!++
    }
    const sums = await this.sumResamples(counts, columns, job)
    const accuracies = new Float64Array(resamples)
    const scores = new Float64Array(resamples)
    const controls = new Float64Array(resamples)
    for (let b = 0; b < resamples; b++) {
      const [goldSums, predictedSums, rightSums] = [0, 1, 2].map((part) =>
        sums.subarray(b * columns + part * classes, b * columns + (part + 1) * classes)
      ) as [Float32Array, Float32Array, Float32Array]
      const items = total(goldSums)
      accuracies[b] = total(rightSums) / items
      controls[b] = sums[b * columns + 3 * classes]! / items
      scores[b] = macroF1Of({ gold: goldSums, predicted: predictedSums, right: rightSums })
    }
    const whole = this.scoresOf(counts, columns, classes)
    const interval = (drawn: Float64Array, of: (score: (typeof whole)['all']) => number): Interval =>
      bootstrapInterval(of(whole.all), drawn, Float64Array.from(whole.leftOut, of))
    return {
      accuracy: interval(accuracies, (score) => score.accuracy),
      macroF1: interval(scores, (score) => score.macroF1),
      control: controlRight ? interval(controls, (score) => score.control) : null,
      selectivity: controlRight
        ? interval(
            accuracies.map((value, b) => value - controls[b]!),
            (score) => score.accuracy - score.control
          )
        : null
    }
  }

  /** Scores of all clusters, and without each in turn. */
  private scoresOf(counts: Float32Array, columns: number, classes: number) {
    const sums = new Float32Array(columns)
    counts.forEach((value, i) => (sums[i % columns]! += value))
    const scoreOf = (of: Float32Array) => {
      const [gold, predicted, right] = [0, 1, 2].map((part) => of.subarray(part * classes, (part + 1) * classes)) as [
        Float32Array,
        Float32Array,
        Float32Array
      ]
      const items = total(gold)
      return {
        accuracy: total(right) / items,
        control: of[3 * classes]! / items,
        macroF1: macroF1Of({ gold, predicted, right })
      }
    }
    const leftOut = Array.from({ length: this.sentences }, (_, s) =>
      scoreOf(sums.map((sum, column) => sum - counts[s * columns + column]!))
    )
    return { all: scoreOf(sums), leftOut }
  }

  // [resamples, sentences] x [sentences, columns] -> [resamples, columns]
  private async sumResamples(counts: Float32Array, columns: number, job: JobHandle): Promise<Float32Array> {
    const { sentences, drawn } = this
    const sums = new Float32Array(resamples * columns)
    const step = rowsPerStep(sentences, 2 * sentences * columns)
    const right = tf.tensor2d(counts, [sentences, columns])
    try {
      for (let from = 0; from < resamples; from += step) {
        if (from > 0) await job.yield()
        const to = Math.min(resamples, from + step)
        const left = new Float32Array(drawn.subarray(from * sentences, to * sentences))
        sums.set(readOut(tf.tidy(() => tf.matMul(tf.tensor2d(left, [to - from, sentences]), right))), from * columns)
      }
    } finally {
      right.dispose()
    }
    return sums
  }
}

function total(values: Float32Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}
