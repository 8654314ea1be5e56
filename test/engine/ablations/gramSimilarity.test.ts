import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import type { Interval } from '@shared/probe'
import { silentJob } from '@shared/jobs'
import { gramOf, hsic, similarityOf } from '../../../src/main/engine/ablations/gramSimilarity'
import { pickBackend } from '../../../src/main/engine/backends/pick'

interface Case {
  width: number
  sentence: number[]
  x: number[]
  y: number[]
  value: number
  interval: Interval
}
/** By test/fixtures/ablations/make_similarity.py, which leaves sentences out and computes everything again. */
const { cases } = JSON.parse(readFileSync('test/fixtures/ablations/similarity.json', 'utf8')) as { cases: Case[] }

beforeAll(async () => {
  await pickBackend()
})

async function between(
  x: readonly number[],
  y: readonly number[],
  { width, sentence }: Case
): Promise<{ value: number; interval: Interval }> {
  const [k, l] = [
    await gramOf(Float32Array.from(x), width, Int32Array.from(sentence), silentJob()),
    await gramOf(Float32Array.from(y), width, Int32Array.from(sentence), silentJob())
  ]
  return similarityOf(hsic(k, l), hsic(k, k), hsic(l, l))
}

test.each(cases)('the debiased estimate and its jackknife interval are those of NumPy, case %#', async (one) => {
  const ours = await between(one.x, one.y, one)
  expect(ours.value).toBeCloseTo(one.value, 5)
  one.interval.forEach((end, i) => expect(ours.interval[i]).toBeCloseTo(end, 4))
})

test('a layer is like itself, shifted and scaled', async () => {
  const [one] = cases
  const same = await between(one!.x, one!.x, one!)
  expect(Math.abs(same.value - 1)).toBeLessThan(1e-6)
  expect(same.interval[1] - same.interval[0]).toBeLessThan(1e-6)
  const moved = await between(
    one!.x,
    one!.x.map((value) => 10 * value - 7),
    one!
  )
  expect(Math.abs(moved.value - 1)).toBeLessThan(1e-5)
})

test('a layer without variance is like nothing', async () => {
  const [one] = cases
  expect(
    (
      await between(
        one!.x,
        one!.x.map(() => 2),
        one!
      )
    ).value
  ).toBeNaN()
})
