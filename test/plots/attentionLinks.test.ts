import { describe, expect, it } from 'vitest'
import { collectLinks } from '@/plots/attentionLinks'
import { isDrawn, largestWeight, strength, type AttentionMap } from '@/plots/attentionMap'
import { seededRandom } from '../renderer/attention/seededRandom'
import { map, shifted } from './attentionFixture'

const everything = { first: 0, last: 3, budget: 1000 }

describe('collecting the lines of maps', () => {
  it("leaves out weights of zero and those below their row's cut", () => {
    // Row 0 keeps 0.7; row 1 has one zero and keeps 0.5 and 0.3; row 2 keeps all four; row 3 keeps 0.6.
    const links = collectLinks([map([0.7, 0.3, 0.25, 0.6].map(Math.fround))], null, everything)
    expect(links.total).toBe(1 + 2 + 4 + 1)
    expect(Array.from(links.weight)).toEqual([0.25, 0.25, 0.25, 0.25, 0.3, 0.5, 0.6, 0.7].map(Math.fround))
    expect([links.query[7], links.key[7]]).toEqual([0, 0])
    expect([links.query[6], links.key[6]]).toEqual([3, 2])
  })
  it('gives the row of a unit that looks and the column of one that is looked at', () => {
    const row = collectLinks([map()], { unit: 1, side: 'query' }, everything)
    expect([...row.query]).toEqual([1, 1, 1])
    expect([...row.key]).toEqual([3, 2, 1])
    const column = collectLinks([map()], { unit: 0, side: 'key' }, everything)
    expect([...column.query]).toEqual([3, 2, 0])
    expect([...column.key]).toEqual([0, 0, 0])
  })
  it('says which map a line is of', () => {
    const links = collectLinks([map(), shifted], { unit: 0, side: 'query' }, everything)
    expect(links.total).toBe(5)
    expect(links.map[4]).toBe(1)
    expect([...links.map].filter((index) => index === 0)).toHaveLength(4)
  })
  it('counts lines with either end in the window, and only those', () => {
    const links = collectLinks([map()], null, { first: 1, last: 1, budget: 1000 })
    // Row 1 without its zero: three; column 1 from the other rows: three.
    expect(links.total).toBe(6)
    for (let i = 0; i < 6; i++) expect([links.query[i], links.key[i]]).toContain(1)
  })
  it('keeps the strongest when there are more than can be drawn', () => {
    const size = 80
    const random = seededRandom(7)
    const many: AttentionMap = {
      head: 0,
      size,
      weights: Float32Array.from({ length: size * size }, () => random() ** 4),
      cuts: new Float32Array(size)
    }
    const links = collectLinks([many], null, { first: 10, last: 30, budget: 300 })
    const expected: number[] = []
    for (let query = 0; query < size; query++) {
      for (let key = 0; key < size; key++) {
        const inside = (query >= 10 && query <= 30) || (key >= 10 && key <= 30)
        if (inside && isDrawn(many, query, key)) expected.push(many.weights[query * size + key]!)
      }
    }
    expected.sort((a, b) => a - b)
    expect(links.total).toBe(expected.length)
    expect(Array.from(links.weight)).toEqual(expected.slice(-300))
  })
})

describe('strength of a weight', () => {
  it('rises with the weight, from none to full', () => {
    const steps = Array.from({ length: 101 }, (_, i) => strength(i / 100, 1))
    expect(steps[0]).toBe(0)
    expect(steps[100]).toBe(1)
    for (let i = 1; i < steps.length; i++) expect(steps[i]!).toBeGreaterThan(steps[i - 1]!)
    expect(strength(0.25, 1)).toBe(0.5)
    expect(strength(0.1, 0.4)).toBe(0.5)
    expect(strength(2, 1)).toBe(1)
  })
  it('is measured by the largest weight of all maps shown, and by 1 where they are empty', () => {
    expect(largestWeight([map()])).toBeCloseTo(0.7, 6)
    expect(largestWeight([map(), shifted])).toBe(1)
    expect(largestWeight([{ weights: new Float32Array(4) }])).toBe(1)
    expect(largestWeight([])).toBe(1)
  })
})
