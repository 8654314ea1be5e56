import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import type { CkaEstimator } from '@shared/compare'
import { JobCancelled, silentJob } from '@shared/jobs'
import { seededRandom } from '@shared/random'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { linearCka, type LayerStack } from '../../../src/main/engine/compare/cka'

interface Case {
  words: number
  widthA: number
  widthB: number
  a: number[][]
  b: number[][]
  biased: number[][]
  debiased: number[][]
}
const { cases } = JSON.parse(readFileSync('test/fixtures/compare/cka.json', 'utf8')) as { cases: Case[] }
const estimators: readonly CkaEstimator[] = ['biased', 'debiased']
const random = seededRandom(11)

beforeAll(async () => {
  console.info(`CKA is tested on ${(await pickBackend()).title}.`)
})

function stack(layers: readonly ArrayLike<number>[], width: number): LayerStack {
  return { count: layers.length, width, read: (layer) => Float32Array.from(layers[layer]!) }
}
function normals(count: number): number[] {
  return Array.from({ length: count }, () => random.normal())
}
async function between(
  x: readonly number[],
  widthX: number,
  y: readonly number[],
  widthY: number,
  estimator: CkaEstimator
): Promise<number> {
  return (
    await linearCka(
      stack([x], widthX),
      stack([y], widthY),
      { words: x.length / widthX, estimator, same: false },
      silentJob()
    )
  )[0]!
}

/** By the definition, over pairs of words and in double precision: no matrix product, no feature space. */
function byPairs(x: readonly number[], widthX: number, y: readonly number[], widthY: number): number {
  const n = x.length / widthX
  const kernel = (values: readonly number[], width: number): number[][] => {
    const means = Array.from(
      { length: width },
      (_, j) =>
        Array.from({ length: n }, (_row, i) => values[i * width + j]!).reduce((sum, value) => sum + value, 0) / n
    )
    return Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_column, k) =>
        means.reduce((sum, mean, j) => sum + (values[i * width + j]! - mean) * (values[k * width + j]! - mean), 0)
      )
    )
  }
  const dot = (a: number[][], b: number[][]): number =>
    a.reduce((sum, row, i) => sum + row.reduce((part, value, j) => part + value * b[i]![j]!, 0), 0)
  const k = kernel(x, widthX)
  const l = kernel(y, widthY)
  return dot(k, l) / Math.sqrt(dot(k, k) * dot(l, l))
}

/** A random rotation by Gram and Schmidt: [width, width]. */
function rotation(width: number): number[][] {
  const rows: number[][] = []
  while (rows.length < width) {
    let row = normals(width)
    for (const other of rows) {
      const along = row.reduce((sum, value, j) => sum + value * other[j]!, 0)
      row = row.map((value, j) => value - along * other[j]!)
    }
    const length = Math.hypot(...row)
    rows.push(row.map((value) => value / length))
  }
  return rows
}
function rotated(x: readonly number[], width: number, scale: number): number[] {
  const q = rotation(width)
  return x.map((_, at) => scale * q[at % width]!.reduce((sum, value, j) => sum + value * x[at - (at % width) + j]!, 0))
}

describe.each(estimators)('linear CKA, %s', (estimator) => {
  test.each(cases.map((one) => [`${one.words} words, ${one.widthA} against ${one.widthB} wide`, one] as const))(
    '%s: as NumPy computes it from kernel matrices, within 1e-5',
    async (_, one) => {
      const ours = await linearCka(
        stack(one.a, one.widthA),
        stack(one.b, one.widthB),
        { words: one.words, estimator, same: false },
        silentJob()
      )
      const theirs = one[estimator].flat()
      expect(ours).toHaveLength(theirs.length)
      expect(Math.max(...theirs.map((value, i) => Math.abs(value - ours[i]!)))).toBeLessThan(1e-5)
    }
  )

  test('a model with itself: 1 on the diagonal, symmetric, and as if they were two', async () => {
    const { a, widthA, words } = cases[1]!
    const self = await linearCka(stack(a, widthA), stack(a, widthA), { words, estimator, same: true }, silentJob())
    const two = await linearCka(stack(a, widthA), stack(a, widthA), { words, estimator, same: false }, silentJob())
    for (let i = 0; i < a.length; i++) {
      expect(self[i * a.length + i]).toBe(1)
      expect(two[i * a.length + i]).toBeCloseTo(1, 5)
      for (let j = 0; j < a.length; j++)
        expect(Math.abs(self[i * a.length + j]! - two[j * a.length + i]!)).toBeLessThan(1e-5)
    }
  })

  test('layers that are not all held at once give the same numbers', async () => {
    const { a, b, widthA, widthB, words } = cases[1]!
    const heldBytes = 2 * words * widthA * 4
    for (const [other, width, same] of [
      [b, widthB, false],
      [a, widthA, true]
    ] as const) {
      const options = { words, estimator, same }
      const inTurns = await linearCka(stack(a, widthA), stack(other, width), { ...options, heldBytes }, silentJob())
      expect(inTurns).toEqual(await linearCka(stack(a, widthA), stack(other, width), options, silentJob()))
    }
  })

  test('neither rotations, nor a scale for all features, nor a shift change it', async () => {
    const x = normals(60 * 9)
    const y = x.map((value, i) => 0.7 * value + 0.5 * Math.sin(i))
    const plain = await between(x, 9, y, 9, estimator)
    expect(plain).toBeGreaterThan(0.1)
    expect(plain).toBeLessThan(0.99)
    const turned = rotated(y, 9, 37).map((value, i) => value + (i % 9) * 10)
    expect(Math.abs((await between(x, 9, turned, 9, estimator)) - plain)).toBeLessThan(1e-5)
    expect(await between(x, 9, rotated(x, 9, 1e-3), 9, estimator)).toBeCloseTo(1, 5)
  })

  test('a layer that gives every word the same vector has no similarity to anything', async () => {
    const flat = Array.from({ length: 40 * 5 }, (_, i) => 0.1 + (i % 5))
    expect(await between(flat, 5, normals(40 * 5), 5, estimator)).toBeNaN()
  })
})

test('the biased estimate is the definition over pairs of words, in double precision', async () => {
  const x = normals(25 * 4)
  const y = rotated(x, 4, 2).map((value) => value + 0.8 * random.normal())
  expect(Math.abs((await between(x, 4, y, 4, 'biased')) - byPairs(x, 4, y, 4))).toBeLessThan(1e-5)
})

test('for unrelated layers the debiased estimate is about nothing where the biased one is large', async () => {
  const x = normals(60 * 80)
  const y = normals(60 * 80)
  expect(await between(x, 80, y, 80, 'biased')).toBeGreaterThan(0.5)
  expect(Math.abs(await between(x, 80, y, 80, 'debiased'))).toBeLessThan(0.1)
})

test('too few words are refused', async () => {
  const few = stack([normals(3 * 2)], 2)
  await expect(linearCka(few, few, { words: 3, estimator: 'debiased', same: true }, silentJob())).rejects.toThrow(
    'Comparing layers needs at least 4 words; only 3 have a vector in both models. Take more words.'
  )
})

test('it tells how far it is, can be cancelled, and leaves no tensor behind', async () => {
  const { a, b, widthA, widthB, words } = cases[0]!
  const before = tf.memory().numTensors
  const seen: [number, number][] = []
  const watched = { ...silentJob(), progress: (done: number, total: number) => seen.push([done, total]) }
  await linearCka(stack(a, widthA), stack(b, widthB), { words, estimator: 'debiased', same: false }, watched)
  expect(seen.at(-1)).toEqual([15, 15])
  const impatient = {
    ...silentJob(),
    yield: () => (seen.length > 20 ? Promise.reject(new JobCancelled()) : Promise.resolve()),
    progress: watched.progress
  }
  await expect(
    linearCka(stack(a, widthA), stack(b, widthB), { words, estimator: 'debiased', same: false }, impatient)
  ).rejects.toThrow(JobCancelled)
  expect(tf.memory().numTensors).toBe(before)
})
