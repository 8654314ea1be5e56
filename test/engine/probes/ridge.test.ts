import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { determination, pearson, spearman } from '../../../src/main/engine/probes/scores/correlation'
import { runRegression } from '../../../src/main/engine/probes/regressionRunner'
import { fitRidge, predictRidge } from '../../../src/main/engine/probes/solvers/ridge'
import { fixture } from './fixture'
import { backends } from './subjects'

interface RidgeFixture {
  width: number
  train: number
  alpha: number
  x: number[]
  y: number[]
  predicted: number[]
  r2: number
  pearson: number
  spearman: number
}
const theirs = fixture<RidgeFixture>('ridge.json')
const { width, train, alpha } = theirs
const x = Float32Array.from(theirs.x)
const rows = (from: number, to: number): Int32Array => Int32Array.from({ length: to - from }, (_, i) => from + i)

describe.each(backends)('ridge regression on %s', (backend) => {
  beforeAll(async () => void (await pickBackend({ prefer: backend })))

  test('answers as scikit-learn does, and gives its tensors back', async () => {
    const before = tf.memory().numTensors
    const probe = await fitRidge(
      { values: x, width, rows: rows(0, train) },
      Float64Array.from(theirs.y.slice(0, train)),
      alpha,
      silentJob()
    )
    expect(tf.memory().numTensors).toBe(before)
    const ours = predictRidge(probe, x.subarray(train * width))
    // Sums of products in single precision.
    theirs.predicted.forEach((value, i) => expect(ours[i]!).toBeCloseTo(value, 4))
  })
})

test('scores as scikit-learn and scipy have them, ties included', () => {
  const gold = theirs.y.slice(train)
  expect(determination(gold, theirs.predicted)).toBeCloseTo(theirs.r2, 10)
  expect(pearson(gold, theirs.predicted)).toBeCloseTo(theirs.pearson, 10)
  expect(spearman(gold, theirs.predicted)).toBeCloseTo(theirs.spearman, 10)
  expect(spearman([1, 1, 2, 3], [3, 3, 2, 1])).toBeCloseTo(-1, 12)
  expect(pearson([1, 2], [5, 5])).toBe(0)
})

test('a run: what has no number is left out, types are memorised, cosines need no training', async () => {
  await pickBackend()
  const items = (from: number, to: number) => ({
    items: to - from,
    classes: new Int32Array(to - from).fill(-1),
    values: Float32Array.from(theirs.y.slice(from, to), (value, i) => (i === 0 ? NaN : value)),
    types: Array.from({ length: to - from }, (_, i) => `t${i}`),
    sentences: rows(0, to - from),
    vectors: () => x.slice(from * width, to * width)
  })
  const options = { alpha, seed: 1 }
  const outcome = await runRegression({
    layers: [0],
    width,
    train: items(0, 40),
    test: items(40, 60),
    pairs: false,
    options,
    job: silentJob()
  })
  expect(outcome).toMatchObject({ trainItems: 39, testItems: 19 })
  expect(outcome.layers[0]!.r2).toBeGreaterThan(0.4)
  expect(outcome.layers[0]!.r2Interval![0]).toBeLessThan(outcome.layers[0]!.r2)
  expect(outcome.memoriser.r2).toBeLessThan(0.2)
  const pair = {
    ...items(0, 3),
    values: Float32Array.of(0, 1, 0.5),
    vectors: () => Float32Array.of(1, 0, 0, 1, 0, 0, 2, 0, 1, 0, 2, 0, 1, 0, 1, 1, 1, 0)
  }
  const pairs = await runRegression({
    layers: [3],
    width: 6,
    train: pair,
    test: pair,
    pairs: true,
    options,
    job: silentJob()
  })
  // Cosines 0, 1 and 0.707.
  expect(pairs.layers[0]!.cosine!.spearman).toBeCloseTo(1, 12)
  expect(pairs.layers[0]!.cosine!.pearson).toBeCloseTo(pearson([0, 1, 0.5], [0, 1, Math.SQRT1_2]), 6)
  const empty = { ...items(0, 3), values: new Float32Array(3).fill(NaN) }
  await expect(
    runRegression({ layers: [0], width, train: empty, test: pair, pairs: false, options, job: silentJob() })
  ).rejects.toThrow(
    'Nothing in the training split carries a number of this task; choose another split or another task.'
  )
})
