import { expect, test } from 'vitest'
import { summaryOfRandom, type PruningResult } from '@shared/ablation'
import { pruningRows } from '@/modules/ablation/pruningRows'

test('a row an order and step', () => {
  const curve = (title: string, ...values: number[]) => ({ title, values })
  const result: PruningResult = {
    kind: 'head',
    measure: { id: 'loss', title: 'Loss', unit: 'nats', better: 'lower' },
    plain: 1,
    counts: [0, 8],
    order: [],
    byImportance: curve('Least important first', 1, 2),
    further: [curve('Smallest derivative first', 1, 3)],
    random: [curve('Random order 1', 1, 4)]
  }
  const rows = pruningRows(result)
  expect(rows).toHaveLength(6)
  expect(rows[3]).toEqual({ order: 'Smallest derivative first', unit: 'head', off: 8, measure: 'loss', value: 3 })
})

test('several random sets: their mean, and an interval that holds all of theirs', () => {
  expect(summaryOfRandom(0.9, [])).toBeNull()
  const { value, interval } = summaryOfRandom(0.9, [
    { value: 0.8, difference: -0.1, interval: [-0.15, -0.05] },
    { value: 0.9, difference: 0, interval: [-0.02, 0.03] }
  ])!
  expect(value).toBeCloseTo(0.85)
  expect(interval![0]).toBeCloseTo(0.75)
  expect(interval![1]).toBeCloseTo(0.93)
})
