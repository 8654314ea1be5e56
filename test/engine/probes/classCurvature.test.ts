import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { seededRandom } from '@shared/random'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import {
  chooseRows,
  classCurvaturePays,
  classPreconditioner
} from '../../../src/main/engine/probes/solvers/classCurvature'
import { choleskyInverse } from '../../../src/main/engine/probes/solvers/positiveInverse'
import { nativeReady } from './subjects'

test('pays with many words and few features, on native TensorFlow alone', async () => {
  await pickBackend({ prefer: 'cpu' })
  expect(classCurvaturePays(25_000, 385, 17)).toBe(false)
})

if (!nativeReady) console.warn('The kernels for the curvature of classes are left out: native TensorFlow is not there.')

describe.skipIf(!nativeReady)('on native TensorFlow', () => {
  beforeAll(async () => {
    await pickBackend({ prefer: 'tensorflow' })
  })

  describe('rows of a class', () => {
    test('are all rows where there are few', () => {
      const { rows, weights, starts, totals } = chooseRows(Float32Array.of(0.25, 0.16, 0.09, 0.25, 0.16, 0.09), 2, 10)
      expect(Array.from(rows)).toEqual([0, 1, 2, 0, 1, 2])
      expect(Array.from(starts)).toEqual([0, 3, 6])
      Array.from(weights).forEach((weight, i) => expect(weight).toBeCloseTo([0.25, 0.16, 0.09][i % 3]!, 6))
      Array.from(totals).forEach((total) => expect(total).toBeCloseTo(0.5, 6))
    })

    test('of many are about as many as wanted, and their weights sum up to what all rows have', () => {
      const random = seededRandom(1)
      const undecided = Float32Array.from({ length: 3 * 5000 }, () => random.next() ** 4)
      const { rows, weights, starts, totals } = chooseRows(undecided, 3, 100)
      for (let k = 0; k < 3; k++) {
        const [from, to] = [starts[k]!, starts[k + 1]!]
        expect(Math.abs(to - from - 200)).toBeLessThan(20)
        expect(new Set(rows.subarray(from, to)).size).toBe(to - from)
        const sum = weights.subarray(from, to).reduce((total, weight) => total + weight, 0)
        expect(Math.abs(sum / totals[k]! - 1)).toBeLessThan(0.02)
      }
    })

    test('a class that is decided everywhere has none', () => {
      expect(Array.from(chooseRows(new Float32Array(4), 2, 5).starts)).toEqual([0, 0, 0])
    })
  })

  test('pays where it costs less than it saves', () => {
    expect(classCurvaturePays(25_000, 385, 17)).toBe(true)
    expect(classCurvaturePays(5_000, 385, 17)).toBe(false)
    expect(classCurvaturePays(25_000, 1025, 17)).toBe(false)
    expect(classCurvaturePays(200_000, 1025, 17)).toBe(true)
    expect(classCurvaturePays(200_000, 1025, 100)).toBe(false)
  })

  // Around register tiles (6 or 8 rows, 16 or 32 columns), panels of 32 rows and gathered blocks of 64.
  test.each([
    [3, 2, 10],
    [15, 3, 64],
    [16, 2, 65],
    [31, 4, 200],
    [70, 3, 300],
    [129, 2, 500]
  ])('width %i, %i classes, %i rows: equals the inverse in double precision', async (width, classes, count) => {
    const random = seededRandom(width)
    const columns = width + 1
    const values = Float32Array.from({ length: count * width }, () => random.normal())
    const logits = Float32Array.from({ length: count * classes }, () => Math.exp(random.normal()))
    const probabilities = logits.map(
      (value, i) =>
        value / logits.subarray(i - (i % classes), i - (i % classes) + classes).reduce((sum, other) => sum + other, 0)
    )
    const undecided = Float32Array.from({ length: classes * count }, (_, at) => {
      const p = probabilities[(at % count) * classes + Math.floor(at / count)]!
      return p * (1 - p)
    })
    const chosen = chooseRows(undecided, classes, columns)
    const row = (i: number): number[] => [...values.subarray(i * width, (i + 1) * width), 1]
    const shared = new Float64Array(columns * columns)
    for (let i = 0; i < count; i++)
      row(i).forEach((a, p) => row(i).forEach((b, q) => (shared[p * columns + q]! += (a * b) / count)))
    const vector = Float64Array.from({ length: classes * columns }, () => random.normal())
    const x = tf.tensor2d(values, [count, width])
    const before = tf.memory().numTensors
    const { apply, dispose } = classPreconditioner({ x, chosen, shared, ridge: 2, relativeRidge: 0.01 })
    const ours = new Float64Array(classes * columns)
    apply(vector, ours)
    dispose()
    expect(tf.memory().numTensors).toBe(before)
    x.dispose()

    for (let k = 0; k < classes; k++) {
      const total = chosen.totals[k]!
      const block = shared.map((mean) => 0.1 * total * mean)
      for (let j = 0; j < columns; j++) block[j * columns + j]! += 2 + 0.01 * total
      for (let i = chosen.starts[k]!; i < chosen.starts[k + 1]!; i++) {
        const own = row(chosen.rows[i]!)
        own.forEach((a, p) => own.forEach((b, q) => (block[p * columns + q]! += 0.9 * chosen.weights[i]! * a * b)))
      }
      const inverse = await choleskyInverse(block, columns, silentJob())
      for (let p = 0; p < columns; p++) {
        let theirs = 0
        for (let q = 0; q < columns; q++) theirs += inverse[p * columns + q]! * vector[k * columns + q]!
        expect(Math.abs(ours[k * columns + p]! - theirs)).toBeLessThan(2e-5 * (1 + Math.abs(theirs)))
      }
    }
  })
})
