import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { HeadPooling } from './recipe'

/** The rows [first, end) of a batch that a span is made of. */
export type RowRange = readonly [first: number, end: number]

/** Spans of the items of a batch. */
export interface BatchSpans {
  first: readonly RowRange[]
  /** The other half of every pair; null where items are single spans. */
  second: readonly RowRange[] | null
}

/**
 * The vectors of spans, (R, W) -> (items, W): the mean of their tokens, their first or their last one. Of pairs both
 * and their product, [a; b; a * b], (items, 3 W), as probes read them (tasks/vectors.ts).
 */
export function spanVectors(states: Tensor2D, { first, second }: BatchSpans, pooling: HeadPooling): Tensor2D {
  const rows = states.shape[0]
  const read = (spans: readonly RowRange[]): Tensor2D => tf.matMul(sharesOf(spans, rows, pooling), states)
  const a = read(first)
  if (!second) return a
  const b = read(second)
  return tf.concat2d([a, b, tf.mul(a, b)], 1)
}

/** Share of each row in each span, (items, R). */
function sharesOf(spans: readonly RowRange[], rows: number, pooling: HeadPooling): Tensor2D {
  const shares = new Float32Array(spans.length * rows)
  spans.forEach(([first, end], item) => {
    const at = item * rows
    if (pooling === 'mean') shares.fill(1 / (end - first), at + first, at + end)
    else shares[at + (pooling === 'first token' ? first : end - 1)] = 1
  })
  return tf.tensor2d(shares, [spans.length, rows])
}

/** Width of what a head reads where hidden states are `width` wide. */
export function spanWidth(width: number, isPair: boolean): number {
  return isPair ? 3 * width : width
}
