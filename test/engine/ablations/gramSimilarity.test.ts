import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import type { Ends, Interval } from '@shared/probe'
import { silentJob } from '@shared/jobs'
import { seededRandom } from '@shared/random'
import { ClusterWeights, gramOf, hsic, similarityOf } from '../../../src/main/engine/ablations/gramSimilarity'
import { pickBackend } from '../../../src/main/engine/backends/pick'

interface Case {
  width: number
  cluster: number[]
  x: number[]
  y: number[]
  value: number
  interval: Ends
}
/** By test/fixtures/ablations/make_similarity.py, which leaves clusters out and computes everything again. */
const { cases } = JSON.parse(readFileSync('test/fixtures/ablations/similarity.json', 'utf8')) as { cases: Case[] }

beforeAll(async () => {
  await pickBackend()
})

async function between(
  x: readonly number[],
  y: readonly number[],
  { width, cluster }: Pick<Case, 'width' | 'cluster'>
): Promise<{ value: number; interval: Interval }> {
  const weights = new ClusterWeights(cluster, 1)
  const job = silentJob()
  const [k, l] = [
    await gramOf(Float32Array.from(x), width, weights, job),
    await gramOf(Float32Array.from(y), width, weights, job)
  ]
  return similarityOf(
    await hsic(k, l, weights, job),
    await hsic(k, k, weights, job),
    await hsic(l, l, weights, job),
    weights
  )
}

test.each(cases)(
  'the debiased estimate and its interval over clusters are those of NumPy and SciPy, case %#',
  async (one) => {
    const ours = await between(one.x, one.y, one)
    expect(ours.value).toBeCloseTo(one.value, 5)
    one.interval.forEach((end, i) => expect(ours.interval![i]).toBeCloseTo(end, 4))
  }
)

test('a layer is like itself, shifted and scaled', async () => {
  const [one] = cases
  const same = await between(one!.x, one!.x, one!)
  expect(Math.abs(same.value - 1)).toBeLessThan(1e-6)
  expect(same.interval![1] - same.interval![0]).toBeLessThan(1e-6)
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

test('a resample of clusters is wider than one of their rows, and one cluster has no interval', async () => {
  const random = seededRandom(5)
  const [rows, clusters] = [120, 12]
  const cluster = Array.from({ length: rows }, (_, row) => row % clusters)
  const shared = Array.from({ length: clusters * 3 }, () => 3 * random.normal())
  const x = cluster.flatMap((c) => [0, 1, 2].map((d) => shared[c * 3 + d]! + random.normal()))
  const y = x.map((value) => value + 2 * random.normal())
  const widthOf = async (of: number[]): Promise<number> => {
    const { interval } = await between(x, y, { width: 3, cluster: of })
    return interval![1] - interval![0]
  }
  const byRow = await widthOf(cluster.map((_, row) => row))
  expect((await widthOf(cluster)) / byRow).toBeGreaterThan(1.5)
  const alone = await between(x, y, { width: 3, cluster: cluster.map(() => 0) })
  expect(alone.value).toBeGreaterThan(0.5)
  expect(alone.interval).toBeNull()
})
