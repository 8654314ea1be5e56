import { describe, expect, it } from 'vitest'
import { linkedUnits, receivedMost, strongestLinks } from '@/modules/attention/linked'
import { outOfView } from '@/modules/attention/outOfView'
import { rankInRow } from '@/modules/attention/rankInRow'
import { map, shifted } from '../../plots/attentionFixture'

const f = Math.fround

describe('what a unit is linked with', () => {
  it('is its row or its column, strongest first, with what the threshold keeps', () => {
    const row = linkedUnits([map([0, 0.25, 0, 0])], { unit: 1, side: 'query' })
    expect(row.map(({ unit, drawn }) => [unit, drawn])).toEqual([
      [1, true],
      [2, true],
      [3, false],
      [0, false]
    ])
    const column = linkedUnits([map()], { unit: 2, side: 'key' })
    expect(column.map(({ unit }) => unit)).toEqual([3, 1, 2, 0])
    expect(column[0]!.weight).toBeCloseTo(0.6, 6)
  })
  it('is the mean where several heads are shown', () => {
    const [first] = linkedUnits([map(), shifted], { unit: 0, side: 'query' })
    expect(first).toMatchObject({ unit: 1 })
    expect(first!.weight).toBeCloseTo((0.1 + 1) / 2, 6)
  })
  it('ranks what receives most over all rows', () => {
    const [first, second] = receivedMost([map()])
    // Column sums: 1.0, 1.0, 1.25, 0.75.
    expect(first).toMatchObject({ unit: 2 })
    expect(first!.weight).toBeCloseTo(1.25 / 4, 6)
    expect(second!.weight).toBeCloseTo(0.25, 6)
  })
  it('names the strongest drawn links', () => {
    expect(strongestLinks([map([0.9, 0, 0, 0])], 2)).toEqual([
      { query: 3, key: 2, weight: f(0.6) },
      { query: 1, key: 1, weight: f(0.5) }
    ])
    expect(strongestLinks([map()], 100)).toHaveLength(15)
  })
  it('ranks a weight in its row, equal ones alike', () => {
    expect([0, 1, 2, 3].map((key) => rankInRow(map(), 3, key))).toEqual([4, 3, 1, 2])
    expect([0, 1, 2, 3].map((key) => rankInRow(map(), 2, key))).toEqual([1, 1, 1, 1])
  })
})

describe('links that end out of view', () => {
  it('are counted above and below, with the strongest to go to', () => {
    const away = outOfView([map()], { unit: 3, side: 'query' }, { first: 1, last: 1 })
    expect(away.side).toBe('key')
    expect(away.above).toMatchObject({ links: 1, strongest: 0 })
    expect(away.below).toMatchObject({ links: 2, strongest: 2 })
    expect(away.below.share).toBeCloseTo(0.8, 6)
  })
  it('leave out what the threshold keeps back', () => {
    expect(outOfView([map([1, 1, 1, 0.5])], { unit: 3, side: 'query' }, { first: 0, last: 0 }).below.links).toBe(1)
    expect(outOfView([map()], { unit: 0, side: 'key' }, { first: 0, last: 0 })).toMatchObject({
      side: 'query',
      below: { links: 2 }
    })
  })
})
