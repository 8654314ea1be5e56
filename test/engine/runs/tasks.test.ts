import { expect, test } from 'vitest'
import { divide } from '../../../src/main/engine/runs/tasks'

const units = (...seconds: (number | null)[]): { group: string; seconds: number | null }[] =>
  seconds.map((each) => ({ group: 'a', seconds: each }))

test('a task takes units until it is long enough', () => {
  expect(divide(units(10, 10, 10, 10, 10), 25, 1)).toEqual([0, 0, 1, 1, 2])
  expect(divide(units(100, 1, 1), 25, 1)).toEqual([0, 1, 1])
  expect(divide(units(null, null, null), 120, 1)).toEqual([0, 0, 1])
})

test('there are as many tasks as machines where there are units for them', () => {
  expect(divide(units(1, 1, 1, 1), 1500, 2)).toEqual([0, 0, 1, 1])
  expect(divide(units(1), 1500, 8)).toEqual([0])
})

test('units of another model or other data are another task', () => {
  expect(divide([...units(1, 1), { group: 'b', seconds: 1 }, ...units(1)], 1500, 1)).toEqual([0, 0, 1, 2])
})
