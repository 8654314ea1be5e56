import { describe, expect, it } from 'vitest'
import { rowCuts, sortRows } from '@/modules/attention/threshold'
import { seededRandom } from './seededRandom'

const f = Math.fround

describe('threshold by the share of a row', () => {
  // Row 0: 0.5 + 0.3 = 0.8 of 1. Row 1: all equal. Row 2: sums to 0.4 (the rest is hidden). Row 3: empty.
  const weights = Float32Array.from([0.1, 0.5, 0.1, 0.3, 0.25, 0.25, 0.25, 0.25, 0.2, 0.1, 0.06, 0.04, 0, 0, 0, 0])
  const rows = sortRows(weights, 4)
  const kept = (value: number): number[] => {
    const cuts = rowCuts(rows, { kind: 'mass', value })
    return [0, 1, 2, 3].map(
      (row) => [...weights.subarray(row * 4, row * 4 + 4)].filter((weight) => weight > 0 && weight >= cuts[row]!).length
    )
  }

  it('keeps the fewest largest weights that reach it, by hand', () => {
    // 80 %: 0.5 + 0.3; four equal ones stay together; 0.2 + 0.1 = 0.3 is less than 0.32, so 0.06 comes along.
    expect(kept(0.8)).toEqual([2, 4, 3, 0])
    // 50 %: 0.5 alone; 0.2 is half of 0.4.
    expect(kept(0.5)).toEqual([1, 4, 1, 0])
    expect(kept(0.75)).toEqual([2, 4, 2, 0])
    // 81 %: 0.8 is not enough, and both of the two equal 0.1 come.
    expect(kept(0.81)).toEqual([4, 4, 3, 0])
    expect(kept(1)).toEqual([4, 4, 4, 0])
    expect(kept(0)).toEqual([1, 4, 1, 0])
  })
  it('reports the smallest weight kept', () => {
    expect([...rowCuts(rows, { kind: 'mass', value: 0.8 })]).toEqual([f(0.3), 0.25, f(0.06), 0])
  })
  it('agrees with adding up one by one, and keeps at least the share', () => {
    const size = 64
    const random = seededRandom(3)
    const many = Float32Array.from({ length: size * size }, () => random() ** 6)
    for (const value of [0.05, 0.3, 0.7, 0.95]) {
      const cuts = rowCuts(sortRows(many, size), { kind: 'mass', value })
      for (let row = 0; row < size; row++) {
        const sorted = [...many.subarray(row * size, (row + 1) * size)].sort((a, b) => b - a)
        const total = sorted.reduce((sum, weight) => sum + weight, 0)
        let sum = 0
        const last = sorted.findIndex((weight) => (sum += weight) >= total * value)
        expect(cuts[row]).toBe(sorted[last])
      }
    }
  })
  it('keeps more links for a larger share', () => {
    const counts = [0.1, 0.3, 0.5, 0.7, 0.9, 1].map((value) => kept(value).reduce((sum, count) => sum + count, 0))
    for (let i = 1; i < counts.length; i++) expect(counts[i]!).toBeGreaterThanOrEqual(counts[i - 1]!)
  })
})

describe('threshold by weight', () => {
  it('is the same in every row, and keeps a weight that equals it', () => {
    const cuts = rowCuts(sortRows(Float32Array.from([0.1, 0.9, 0.8, 0.2]), 2), { kind: 'weight', value: 0.1 })
    expect([...cuts]).toEqual([f(0.1), f(0.1)])
    expect(f(0.1) >= cuts[0]!).toBe(true)
  })
})
