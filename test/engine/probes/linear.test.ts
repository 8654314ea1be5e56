import * as tf from '@tensorflow/tfjs-core'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { JobCancelled, silentJob, type JobHandle } from '@shared/jobs'
import { seededRandom } from '@shared/random'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { fitLinear, linearDefaults, type LinearProbe } from '../../../src/main/engine/probes/solvers/linear'
import { measureFeatures } from '../../../src/main/engine/probes/solvers/standardise'
import { allRows, fixture, regressionFixtures, type RegressionFixture } from './fixture'
import { backends } from './subjects'

const job = silentJob()
const exact = { ...linearDefaults, tolerance: 1e-10 }

function probabilities({ weight, intercept }: LinearProbe, vectors: readonly number[], width: number): number[] {
  const classes = intercept.length
  return Array.from({ length: vectors.length / width }, (_, row) => {
    const logits = Array.from(intercept, (start, k) =>
      weight.subarray(k * width, (k + 1) * width).reduce((sum, w, j) => sum + w * vectors[row * width + j]!, start)
    )
    const most = Math.max(...logits)
    const exponentials = logits.map((logit) => Math.exp(logit - most))
    const sum = exponentials.reduce((a, b) => a + b, 0)
    return exponentials.slice(0, classes).map((e) => e / sum)
  }).flat()
}

function largestDifference(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  expect(ours.length).toBe(theirs.length)
  return Array.from(ours).reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i]!)), 0)
}

describe.each(backends)('linear probe on %s', (backend) => {
  beforeAll(async () => {
    expect((await pickBackend({ prefer: backend })).name).toBe(backend)
  })

  afterEach(() => {
    expect(tf.memory().numTensors).toBe(0)
  })

  test.each(regressionFixtures)('finds the minimum that scikit-learn finds: %s', async (name) => {
    const theirs = fixture<RegressionFixture>(name)
    const { rows, width, classes } = theirs
    const data = { values: Float32Array.from(theirs.x), width, rows: allRows(rows) }
    const [ours] = await fitLinear(
      data,
      [Int32Array.from(theirs.y)],
      classes,
      { ...exact, inverseRegularisation: theirs.C },
      job
    )

    // Products are in single precision; the minimum is flat, so the loss is known better than where it lies.
    expect(Math.abs(ours!.loss / theirs.loss - 1)).toBeLessThan(1e-5)
    expect(largestDifference(probabilities(ours!, theirs.test, width), theirs.probabilities)).toBeLessThan(1e-3)
    const { scale } = await measureFeatures(data, job)
    const coefficients = Array.from(ours!.weight, (weight, i) => weight * scale[i % width]!)
    const comparable =
      classes === 2
        ? Array.from({ length: width }, (_, j) => coefficients[width + j]! - coefficients[j]!)
        : coefficients
    expect(largestDifference(comparable, theirs.coefficients)).toBeLessThan(
      1e-3 * Math.max(...theirs.coefficients.map(Math.abs))
    )
  })

  test('solves label sets side by side as it solves each alone', async () => {
    const { rows, width, classes, x, y } = fixture<RegressionFixture>('regression-usual.json')
    const data = { values: Float32Array.from(x), width, rows: allRows(rows) }
    const random = seededRandom(3)
    const sets = [
      Int32Array.from(y),
      Int32Array.from({ length: rows }, () => random.integer(classes)),
      Int32Array.from(y, (label) => (label + 1) % classes)
    ]
    const together = await fitLinear(data, sets, classes, exact, job)
    for (const [s, set] of sets.entries()) {
      const [alone] = await fitLinear(data, [set], classes, exact, job)
      expect(Math.abs(together[s]!.loss / alone!.loss - 1)).toBeLessThan(1e-6)
      expect(largestDifference(probabilities(together[s]!, x, width), probabilities(alone!, x, width))).toBeLessThan(
        1e-3
      )
    }
    // Renaming the classes renames the answer and changes nothing else.
    expect(Math.abs(together[2]!.loss / together[0]!.loss - 1)).toBeLessThan(1e-6)
  })

  test('answers the same every time', async () => {
    const { rows, width, classes, x, y } = fixture<RegressionFixture>('regression-usual.json')
    const data = { values: Float32Array.from(x), width, rows: allRows(rows) }
    const [first] = await fitLinear(data, [Int32Array.from(y)], classes, linearDefaults, job)
    const [second] = await fitLinear(data, [Int32Array.from(y)], classes, linearDefaults, job)
    expect(second).toEqual(first)
    expect(first!.converged).toBe(true)
  })

  test('trains on the selected rows only', async () => {
    const { rows, width, classes, x, y } = fixture<RegressionFixture>('regression-usual.json')
    const selected = allRows(rows).filter((row) => row % 3 !== 1)
    const spoilt = Float32Array.from(x, (value, i) => (Math.floor(i / width) % 3 === 1 ? 1e6 : value))
    const packed = Float32Array.from(Array.from(selected).flatMap((row) => x.slice(row * width, (row + 1) * width)))
    const labels = Int32Array.from(selected, (row) => y[row]!)
    const [gaps] = await fitLinear({ values: spoilt, width, rows: selected }, [labels], classes, linearDefaults, job)
    const [whole] = await fitLinear(
      { values: packed, width, rows: allRows(selected.length) },
      [labels],
      classes,
      linearDefaults,
      job
    )
    expect(gaps).toEqual(whole)
  })

  test('gives its memory back when it is cancelled', async () => {
    const { rows, width, classes, x, y } = fixture<RegressionFixture>('regression-usual.json')
    const cancelled: JobHandle = { ...silentJob(), cancelled: true, yield: () => Promise.reject(new JobCancelled()) }
    const many = 200_000
    const values = Float32Array.from({ length: many * width }, (_, i) => x[i % (rows * width)]!)
    const labels = Int32Array.from({ length: many }, (_, i) => y[i % rows]!)
    await expect(
      fitLinear({ values, width, rows: allRows(many) }, [labels], classes, exact, cancelled)
    ).rejects.toThrow(JobCancelled)
  })
})

test('a value that is no number is refused by name', async () => {
  const values = Float32Array.of(1, 2, 3, Number.NaN, 5, 6)
  await expect(measureFeatures({ values, width: 2, rows: allRows(3) }, job)).rejects.toThrow(
    'Feature 1 of the vectors is not a finite number for every word'
  )
})

test('a weak penalty is solved as closely as the default one: within 0.1 % of the minimum, where it was 0.2 % above it', async () => {
  await pickBackend({ prefer: 'wasm' })
  const random = seededRandom(7)
  const [items, width, classes] = [900, 60, 8]
  // Features share most of their variance, as those of a layer do; labels follow many of them a little.
  const shared = Array.from({ length: width }, () => Array.from({ length: width }, () => random.normal()))
  const directions = Array.from({ length: classes }, () => Array.from({ length: width }, () => random.normal()))
  const values = new Float32Array(items * width)
  const labels = new Int32Array(items)
  for (let item = 0; item < items; item++) {
    const hidden = Array.from({ length: width }, (_, i) => random.normal() / (1 + i) ** 1.6)
    for (let j = 0; j < width; j++)
      values[item * width + j] = hidden.reduce((sum, value, i) => sum + value * shared[i]![j]!, 0)
    const scores = directions.map(
      (direction) => hidden.reduce((sum, value, i) => sum + 4 * value * direction[i]!, 0) + random.normal()
    )
    labels[item] = scores.indexOf(Math.max(...scores))
  }
  const data = { values, width, rows: allRows(items) }
  const solved = async (inverseRegularisation: number, tolerance: number): Promise<number> => {
    const options = { inverseRegularisation, tolerance, maxIterations: 10_000 }
    return (await fitLinear(data, [labels], classes, options, silentJob()))[0]!.loss
  }
  for (const C of [1, 100]) {
    const ratio = (await solved(C, linearDefaults.tolerance)) / (await solved(C, 1e-7)) - 1
    expect(ratio, `C = ${C}`).toBeLessThan(0.001)
  }
}, 120_000)
