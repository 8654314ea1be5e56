import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { Kernels, LstmInput } from './kernels'

/** Gates of an LSTM, its cell and its output, in the order in which a step makes them. */
export const lstmValues = ['i', 'f', 'g', 'o', 'c', 'h'] as const
export type LstmValue = (typeof lstmValues)[number]

/**
 * Replaces a value of a step, [rows.length, hidden] (h: [rows.length, outputs]), after its activation; `rows` says
 * which rows of the batch it belongs to.
 */
export type LstmEdit = (name: LstmValue, value: Tensor2D, rows: Int32Array) => Tensor2D

/** Rows of every step: those of the longest sequences first, so that the ones still running are always the first. */
export function stepsOf(lengths: readonly number[], backward: boolean): Int32Array[] {
  const starts: number[] = []
  let row = 0
  for (const length of lengths) {
    starts.push(row)
    row += length
  }
  const order = Array.from(lengths.keys()).sort((a, b) => lengths[b]! - lengths[a]!)
  const longest = Math.max(0, ...lengths)
  return Array.from({ length: longest }, (_, t) =>
    Int32Array.from(
      order.filter((sequence) => lengths[sequence]! > t),
      (sequence) => starts[sequence]! + (backward ? lengths[sequence]! - 1 - t : t)
    )
  )
}

/**
 * The steps of an LSTM as operations of TensorFlow.js: right on every backend, and the one that lets its values be
 * looked at and replaced.
 */
export function lstmSteps(
  dense: Kernels['dense'],
  { gates, lengths, backward, recurrent, projection, cellClip, projectionClip }: LstmInput,
  edit?: LstmEdit
): Tensor2D {
  return tf.tidy(() => {
    const steps = stepsOf(lengths, backward)
    const hidden = gates.shape[1] / 4
    const order = Int32Array.from(steps.flatMap((rows) => [...rows]))
    const byStep = tf.gather(gates, tf.tensor1d(order, 'int32'))
    const outputs: Tensor2D[] = []
    let cell: Tensor2D | null = null
    let output: Tensor2D | null = null
    let first = 0
    for (const rows of steps) {
      const count = rows.length
      const [nextCell, next] = tf.tidy((): [Tensor2D, Tensor2D] => {
        const kept = <T extends Tensor2D | null>(state: T): T =>
          state && state.shape[0] > count ? (tf.slice(state, [0, 0], [count, -1]) as T) : state
        const changed = (name: LstmValue, value: Tensor2D): Tensor2D => (edit ? edit(name, value, rows) : value)
        const added = tf.slice(byStep, [first, 0], [count, 4 * hidden])
        const z: Tensor2D = output ? tf.add(added, dense(kept(output), recurrent, null, 'none')) : added
        const part = (gate: number): Tensor2D => tf.slice(z, [0, gate * hidden], [count, hidden])
        const i = changed('i', tf.sigmoid(part(0)))
        const f = changed('f', tf.sigmoid(part(1)))
        const g = changed('g', tf.tanh(part(2)))
        const o = changed('o', tf.sigmoid(part(3)))
        const entered: Tensor2D = tf.mul(i, g)
        const summed: Tensor2D = cell ? tf.add(tf.mul(f, kept(cell)), entered) : entered
        const c = changed('c', cellClip === null ? summed : tf.clipByValue(summed, -cellClip, cellClip))
        const state: Tensor2D = tf.mul(o, tf.tanh(c))
        const projected = projection ? dense(state, projection, null, 'none') : state
        const clipped =
          projection && projectionClip !== null ? tf.clipByValue(projected, -projectionClip, projectionClip) : projected
        return [c, changed('h', clipped)]
      })
      // Before all outputs are put together only the last cell is needed.
      cell?.dispose()
      cell = nextCell
      output = next
      outputs.push(next)
      first += count
    }
    const backAt = new Int32Array(order.length)
    order.forEach((row, place) => (backAt[row] = place))
    return tf.gather(tf.concat(outputs, 0), tf.tensor1d(backAt, 'int32')) as Tensor2D
  })
}
