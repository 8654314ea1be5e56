import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Edit, Intervention } from '@shared/intervention'
import { JobCancelled, silentJob } from '@shared/jobs'
import { seededRandom } from '@shared/random'
import { eraserSentences } from '../../../src/main/engine/ablations/eraser'
import { eraseRows, fitLeace } from '../../../src/main/engine/ablations/leace'
import { randomEraser, removedVariance, spreadOf } from '../../../src/main/engine/ablations/randomEraser'
import { pickBackend } from '../../../src/main/engine/backends/pick'

beforeAll(async () => {
  await pickBackend()
})

/** make_leace.py made it with its authors' package. */
const reference = JSON.parse(readFileSync('test/fixtures/ablations/leace.json', 'utf8')) as {
  rows: number
  width: number
  classes: number
  x: number[]
  labels: number[]
  erased: number[]
  removed: number
}
const { width, rows, classes } = reference
const values = Float32Array.from(reference.x)
const data = { values, width, rows: Int32Array.from({ length: rows }, (_, row) => row) }
const fit = () => fitLeace(data, Int32Array.from(reference.labels), classes, silentJob())

/** Sum over features of the variance of rows. */
function variance(all: Float32Array, columns = width): number {
  let sum = 0
  for (let j = 0; j < columns; j++) {
    const column = all.filter((_, i) => i % columns === j)
    const mean = column.reduce((total, value) => total + value, 0) / column.length
    sum += column.reduce((total, value) => total + (value - mean) ** 2, 0) / column.length
  }
  return sum
}

test('LEACE moves every vector to where concept-erasure does', async () => {
  const erased = eraseRows(values, await fit())
  reference.erased.forEach((value, i) => expect(Math.abs(erased[i]! - value)).toBeLessThan(1e-4))
  const removed = variance(values.map((value, i) => value - erased[i]!)) / variance(values)
  expect(removed).toBeCloseTo(reference.removed, 5)
})

describe('a random eraser', () => {
  /** Rows with very unequal variances, as hidden states have. */
  function anisotropic(columns: number, count: number): Float32Array {
    const random = seededRandom(5)
    return Float32Array.from({ length: columns * count }, (_, i) => random.normal() * 0.8 ** (i % columns) + 1)
  }
  const columns = 32
  const donors = anisotropic(columns, 800)
  const mean = Float32Array.from({ length: columns }, (_, j) => {
    const column = donors.filter((_value, i) => i % columns === j)
    return column.reduce((sum, value) => sum + value, 0) / column.length
  })
  // Once a backend is there.
  const spread = () => spreadOf({ mean, donors })
  const axis = (j: number, length: number): number[] =>
    Array.from({ length: columns }, (_, i) => (i === j ? length : 0))
  const removal = (axes: readonly number[]): Extract<Edit, { kind: 'project' }> => ({
    kind: 'project',
    basis: axes.map((j) => axis(j, 1))
  })

  test.each([
    ['much', [0, 1, 2]],
    ['little', [9, 12, 15]],
    ['a middling amount', [3, 5, 8]]
  ])('removes as much variance in as many directions where the edit removes %s', async (_, axes) => {
    const edit = removal(axes)
    const random = await randomEraser(edit, spread(), seededRandom(3), silentJob())
    expect(random.left).toHaveLength(3)
    const wanted = removedVariance(edit, spread())
    const kept = eraseRows(donors, random)
    const removed = variance(
      donors.map((value, i) => value - kept[i]!),
      columns
    )
    expect(Math.abs(removed / wanted - 1)).toBeLessThan(0.02)
    // The mean is where it was.
    for (let j = 0; j < columns; j++) {
      const column = kept.filter((_value, i) => i % columns === j)
      expect(column.reduce((sum, value) => sum + value, 0) / column.length).toBeCloseTo(mean[j]!, 3)
    }
  })
  test('another seed draws other directions', async () => {
    const drawn = async (seed: number) =>
      (await randomEraser(removal([0, 1]), spread(), seededRandom(seed), silentJob())).left
    const first = await drawn(1)
    expect(await drawn(1)).toEqual(first)
    expect(await drawn(2)).not.toEqual(first)
  })
  test('gives way to other work at every step, and ends where its job is cancelled', async () => {
    let turns = 0
    const turn = async () => {
      if (++turns === 10) throw new JobCancelled()
      return Promise.resolve()
    }
    const draw = randomEraser(removal([0, 1]), spread(), seededRandom(1), { ...silentJob(), yield: turn })
    await expect(draw).rejects.toThrow(JobCancelled)
  })
})

test('whether probes may be trained on words that an eraser was not fitted to', () => {
  const fitted = (split: string, even: boolean): Intervention => ({
    at: 'embed',
    edit: { kind: 'zero' },
    fitted: {
      model: { id: 'm', name: 'MiniLM' },
      data: 'EWT',
      split,
      task: 'UPOS',
      layer: 0,
      method: 'leace',
      items: 9,
      rank: 2,
      ...(even ? { sentences: 'even' as const } : {})
    }
  })
  const parts = { data: 'EWT', trainSplit: 'train', testSplit: 'test' }
  expect(eraserSentences([fitted('train', true)], parts)).toBe('apart')
  expect(eraserSentences([fitted('train', true), fitted('train', false)], parts)).toBe('shared')
  expect(eraserSentences([fitted('test', true)], parts)).toBe('shared')
  expect(eraserSentences([fitted('dev', false)], parts)).toBeNull()
  expect(eraserSentences([fitted('train', false)], { ...parts, data: 'GUM' })).toBeNull()
})
