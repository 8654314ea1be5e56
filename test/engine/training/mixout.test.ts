import * as tf from '@tensorflow/tfjs-core'
import type { Scalar, Variable } from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { gradientsOf } from '../../../src/main/engine/training/gradients'
import { loadDerivatives } from '../../../src/main/engine/training/differentiation'
import { Mixout } from '../../../src/main/engine/training/mixout'

const p = 0.7
const [rows, columns] = [100, 200]
const valuesOf = (phase: number) => Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i + phase))
const [present, start] = [valuesOf(1), valuesOf(2)]

beforeAll(async () => {
  await pickBackend()
  await loadDerivatives()
})

/** What an update reads of a matrix, and the gradient of its sum. */
function update(step: number, seed = 1): { values: Float32Array; gradient: Float32Array } {
  const mixout = new Mixout(p, seed, new Map([['it', tf.tensor2d(start, [rows, columns])]]))
  mixout.begin(step)
  const matrix = tf.variable(tf.tensor2d(present, [rows, columns])) as Variable
  const values = tf.tidy(() => mixout.mixed('it', matrix).dataSync<'float32'>().slice())
  const { value, gradients } = gradientsOf(
    () => tf.sum(mixout.mixed('it', matrix)) as Scalar,
    new Map([['it', matrix]])
  )
  const gradient = gradients['it']!.dataSync<'float32'>().slice()
  tf.dispose([value, gradients, matrix])
  mixout.dispose()
  return { values, gradient }
}

test('every number is that of the start, or moved so that the mean stays (Lee et al. 2020, eq. 3)', () => {
  const { values, gradient } = update(3)
  let mixed = 0
  values.forEach((value, i) => {
    const isStart = gradient[i] === 0
    mixed += isStart ? 1 : 0
    // ((1 - m) u + m w - p u) / (1 - p)
    const wanted = isStart ? start[i]! : (present[i]! - p * start[i]!) / (1 - p)
    expect(Math.abs(value - wanted)).toBeLessThan(2e-6)
    if (!isStart) expect(gradient[i]).toBeCloseTo(1 / (1 - p), 5)
  })
  // Four deviations of a binomial share.
  const share = mixed / values.length
  expect(Math.abs(share - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / values.length))
})

test('the draw follows from seed, update and name', () => {
  const { gradient } = update(3)
  expect(update(3).gradient).toEqual(gradient)
  expect(update(4).gradient).not.toEqual(gradient)
  expect(update(3, 2).gradient).not.toEqual(gradient)
})

test('a matrix without a start is read as it is', () => {
  const mixout = new Mixout(p, 1, new Map())
  mixout.begin(0)
  const matrix = tf.tensor1d([1, 2])
  expect(mixout.mixed('it', matrix)).toBe(matrix)
  matrix.dispose()
  mixout.dispose()
})
