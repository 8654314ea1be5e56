import * as tf from '@tensorflow/tfjs-core'
import type { Effect } from '@shared/ablation'
import { seededRandom } from '@shared/random'
import type { SentenceScores } from '../evaluate'

/** Shares of the neurons to remove; denser at small shares, where orders differ most. */
const shares = [0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1]

/** One set of neurons to remove: the first `count` of an order. */
export interface Removal {
  order: number
  count: number
}

/**
 * Orders of neurons (the given one, its reverse, and random ones) and every set that the curves need;
 * the set of all neurons is measured once.
 */
export interface RemovalPlan {
  orders: Int32Array[]
  counts: number[]
  removals: Removal[]
}

export function planRemovals(order: Int32Array, randomOrders: number, seed: number): RemovalPlan {
  const counts = [...new Set(shares.map((share) => Math.round(share * order.length)))]
  const orders = [
    order,
    order.slice().reverse(),
    ...Array.from({ length: randomOrders }, (_, i) => shuffled(order, seed + i))
  ]
  const between = counts.slice(1, -1)
  return {
    orders,
    counts,
    removals: [
      ...orders.flatMap((_, o) => between.map((count) => ({ order: o, count }))),
      { order: 0, count: order.length }
    ]
  }
}

/** Effects of the removals, in their order, as curves by count. */
export function curvesOf(
  { orders, counts, removals }: RemovalPlan,
  plain: number,
  effects: readonly Effect[]
): { top: Effect[]; bottom: Effect[]; random: Effect[][] } {
  const untouched: Effect = { value: plain, difference: 0, interval: [0, 0] }
  const [top, bottom, ...random] = orders.map((_, o) =>
    counts.map((count) =>
      count === 0
        ? untouched
        : effects[removals.findIndex((one) => one.count === count && (one.order === o || count === orders[0]!.length))]!
    )
  )
  return { top: top!, bottom: bottom!, random }
}

/** Neurons of a removal, ascending. */
export function neuronsOf({ orders }: Pick<RemovalPlan, 'orders'>, { order, count }: Removal): number[] {
  return [...orders[order]!.subarray(0, count)].sort((a, b) => a - b)
}

/** A linear probe and the words it is applied to. */
export interface ProbedWords {
  /** [words, width] */
  vectors: Float32Array
  width: number
  /** [width + 1, classes], the intercepts as last row. */
  weights: Float32Array
  classes: number
  /** [words]; -1 where a word has none. */
  gold: Int32Array
  /** Column of each word's sentence among `sentences`. */
  column: Int32Array
  sentences: number
}

/**
 * Number of words that the probe gets right, by sentence, with some neurons of its input replaced by 0 or by `instead`.
 * @param instead [width]; null for 0
 */
export function probeWithout(
  { vectors, width, weights, classes, gold, column, sentences }: ProbedWords,
  neurons: readonly number[],
  instead: Float32Array | null
): SentenceScores {
  const kept = weights.slice()
  for (const neuron of neurons) {
    for (let k = 0; k < classes; k++) {
      const at = neuron * classes + k
      if (instead) kept[width * classes + k]! += kept[at]! * instead[neuron]!
      kept[at] = 0
    }
  }
  const answers = tf.tidy(() => {
    const w = tf.tensor2d(kept.subarray(0, width * classes), [width, classes])
    return tf.argMax(
      tf.add(tf.matMul(tf.tensor2d(vectors, [gold.length, width]), w), tf.tensor1d(kept.subarray(width * classes))),
      1
    )
  })
  const predicted = answers.dataSync<'int32'>()
  answers.dispose()
  const scores = { sum: new Float64Array(sentences), count: new Float64Array(sentences) }
  gold.forEach((label, i) => {
    if (label < 0) return
    scores.count[column[i]!]!++
    if (predicted[i] === label) scores.sum[column[i]!]!++
  })
  return scores
}

function shuffled(order: Int32Array, seed: number): Int32Array {
  const random = seededRandom(seed)
  const drawn = order.slice()
  for (let i = drawn.length - 1; i > 0; i--) {
    const j = random.integer(i + 1)
    ;[drawn[i], drawn[j]] = [drawn[j]!, drawn[i]!]
  }
  return drawn
}
