import type { JobHandle } from '@shared/jobs'
import type { Interval } from '@shared/probe'
import { bootstrapInterval } from './bootstrapInterval'
import { ClusterResamples, resamples } from './clusterResamples'
import { clusterSums } from './clusterSums'
import { macroF1Of } from './metrics'

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
 * 95 % intervals of answers by resampling whole clusters, the same for every layer. Counts are summed by cluster once;
 * a resample is then a row of how often each was drawn, and all of them are one matrix product of whole numbers, equal
 * on every backend.
 */
export class ClusterBootstrap {
  private readonly resampled: ClusterResamples

  /** @param clusterOf cluster of every item that carries a label */
  constructor(clusterOf: Int32Array, seed: number) {
    this.resampled = new ClusterResamples(clusterOf, seed)
  }

  async intervals(
    { gold, predicted, controlRight }: Answers,
    classes: number,
    job: JobHandle
  ): Promise<AnswerIntervals> {
    const { clusters, cluster, drawn: times } = this.resampled
    // By cluster: gold, predicted and right counts of every class, and the right answers to the control task.
    const columns = 3 * classes + 1
    const counts = new Float32Array(clusters * columns)
    for (let i = 0; i < gold.length; i++) {
      const row = cluster[i]! * columns
      counts[row + gold[i]!]!++
      counts[row + classes + predicted[i]!]!++
      if (gold[i] === predicted[i]) counts[row + 2 * classes + gold[i]!]!++
      if (controlRight?.[i]) counts[row + 3 * classes]!++
    }
    const resample = (row: Float32Array, b: number): void => row.set(times.subarray(b * clusters, (b + 1) * clusters))
    const sums = await clusterSums(counts, columns, resamples, resample, job)
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
    const leftOut = Array.from({ length: this.resampled.clusters }, (_, s) =>
      scoreOf(sums.map((sum, column) => sum - counts[s * columns + column]!))
    )
    return { all: scoreOf(sums), leftOut }
  }
}

function total(values: Float32Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}
