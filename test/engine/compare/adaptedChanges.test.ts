import { expect, test } from 'vitest'
import { jensenShannon, mapDivergence } from '@shared/jensenShannon'
import { UnitChanges } from '../../../src/main/engine/compare/unitChanges'

test('divergence in bits: 0 of equals, 1 of what shares nothing, and as by hand', () => {
  expect(jensenShannon([0.25, 0.75], [0.25, 0.75])).toBe(0)
  expect(jensenShannon([1, 0], [0, 1])).toBe(1)
  // H(0.75, 0.25) - (H(1, 0) + H(0.5, 0.5)) / 2 = 0.811278 - 0.5
  expect(jensenShannon([1, 0], [0.5, 0.5])).toBeCloseTo(0.311278, 6)
})

test('of a map the rows of tokens count, and padding does not', () => {
  const before = [1, 0, 0, 0, 1, 0, 0, 0, 0]
  const after = [0, 1, 0, 0, 1, 0, 0, 0, 0]
  expect(mapDivergence(before, after, 3, { rows: 2 })).toBe(0.5)
  expect(mapDivergence([9, 9, ...before], [9, 9, ...after], 3, { rows: 1, from: 2 })).toBe(1)
})

test('the change of a unit in deviations of the first, and its correlation', () => {
  const units = new UnitChanges(3)
  const before = [
    [1, 0, 5],
    [2, 0, 5],
    [3, 0, 5]
  ]
  const after = [
    [3, 1, 5],
    [2, 1, 5],
    [1, 1, 6]
  ]
  before.forEach((row, i) => units.add(Float32Array.from(row), Float32Array.from(after[i]!), 0))
  // Differences 2, 0, -2: root of 8 / 3, over a deviation of root 2 / 3.
  expect(units.of(0)).toEqual({
    before: 2,
    after: 2,
    change: expect.closeTo(2, 12) as number,
    correlation: expect.closeTo(-1, 12) as number
  })
  // What never varied has no scale.
  expect(units.of(1)).toMatchObject({ before: 0, after: 1, change: 0, correlation: 0 })
})
