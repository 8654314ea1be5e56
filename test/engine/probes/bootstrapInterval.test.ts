import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { normalQuantile, normalShare, studentQuantile } from '@shared/normal'
import { bcaInterval, bootstrapInterval } from '../../../src/main/engine/probes/scores/bootstrapInterval'

interface Reference {
  cases: { right: number[]; words: number[]; drawn: number[]; interval: [number, number] }[]
}
const { cases } = JSON.parse(readFileSync('test/fixtures/compare/bca.json', 'utf8')) as Reference
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

function statistics({ right, words, drawn }: Reference['cases'][number]) {
  const [rights, all] = [sum(right), sum(words)]
  return [
    rights / all,
    Float64Array.from(drawn),
    Float64Array.from(right, (own, cluster) => (rights - own) / (all - words[cluster]!))
  ] as const
}

describe('the BCa interval', () => {
  test('is that of scipy.stats.bootstrap of the same resamples', () => {
    for (const one of cases) {
      const [low, high] = bcaInterval(...statistics(one))
      expect(low).toBeCloseTo(one.interval[0], 9)
      expect(high).toBeCloseTo(one.interval[1], 9)
    }
  })

  test('is expanded where clusters are few, and hardly where they are many', () => {
    const ratios = cases.map((one) => {
      const [plain, expanded] = [bcaInterval(...statistics(one)), bootstrapInterval(...statistics(one))]
      return (expanded![1] - expanded![0]) / (plain[1] - plain[0])
    })
    // By the normal approximation: sqrt(12 / 11) t(11) / z = 1.173 for 12 clusters, 1.009 for 200.
    expect(ratios[0]).toBeGreaterThan(1.1)
    expect(ratios[0]).toBeLessThan(1.4)
    expect(ratios[2]).toBeGreaterThanOrEqual(1)
    expect(ratios[2]).toBeLessThan(1.04)
  })

  test('of a statistic that never varies is one point; of a single cluster there is none', () => {
    expect(bootstrapInterval(1, new Float64Array(10).fill(1), new Float64Array(4).fill(1))).toEqual([1, 1])
    expect(bootstrapInterval(2, new Float64Array(10).fill(2), Float64Array.of(NaN))).toBeNull()
  })
})

test('quantiles are those of SciPy', () => {
  // scipy.stats.norm.cdf, norm.ppf(0.975), t.ppf(0.975, [9, 19, 199])
  for (const [x, share] of [
    [-8, 6.22096057427174e-16],
    [-1.96, 0.024997895148220435],
    [-0.3, 0.3820885778110474],
    [1, 0.8413447460685429]
  ] as const)
    expect(normalShare(x) / share).toBeCloseTo(1, 7)
  const end = normalQuantile(0.975)
  expect(end).toBeCloseTo(1.959963984540054, 9)
  expect(studentQuantile(end, 9)).toBeCloseTo(2.262157162798205, 3)
  expect(studentQuantile(end, 19)).toBeCloseTo(2.0930240544083087, 4)
  expect(studentQuantile(end, 199)).toBeCloseTo(1.9719565442517533, 7)
})
