import { expect, test } from 'vitest'
import { layerRows, rowText, scheduledRows, steppedRate, stripOfRows, withRow } from '@/modules/adapt/layerRows'

/** Two updates before the task, then three epochs of four updates: embeddings, two blocks, the head. */
const cost = {
  stages: 1,
  epochSteps: 4,
  strip: [
    { from: 0, to: 2, rates: [5e-5, 5e-5, 5e-5, 0] },
    { from: 2, to: 6, rates: [0, 0, 1e-4, 1e-3] },
    { from: 6, to: 14, rates: [0, 5e-5, 1e-4, 1e-3] }
  ]
}

test('the strip as rows, and the rows as the strip again', () => {
  const rows = layerRows(cost, 3)
  expect(rows).toEqual([
    { layer: 0, from: 0, to: 0, rate: 0 },
    { layer: 1, from: 1, to: 3, rate: 5e-5 },
    { layer: 2, from: 0, to: 3, rate: 1e-4 }
  ])
  expect(stripOfRows(cost, rows, 3)).toEqual(cost.strip)
})

test('a change is a line of the request, and its rate the engine’s until it is changed', () => {
  const rows = layerRows(cost, 3)
  const later = withRow([], { ...rows[2]!, from: 2 }, 'times', 3)
  expect(later).toEqual([{ layer: 2, from: 2, to: null, rate: null }])
  expect(scheduledRows(rows, later, 3)[2]).toEqual({ layer: 2, from: 2, to: 3, rate: 1e-4 })
  const slower = withRow(later, { ...rows[2]!, from: 2, rate: 2e-5 }, 'rate', 3)
  expect(slower).toEqual([{ layer: 2, from: 2, to: null, rate: 2e-5 }])
  expect(withRow(slower, { ...rows[2]!, from: 2, to: 2, rate: 2e-5 }, 'times', 3)).toEqual([
    { layer: 2, from: 0, to: 0, rate: null }
  ])
})

test('a frozen layer that is trained shows the highest rate until the engine says its own', () => {
  const unfrozen = withRow([], { layer: 0, from: 1, to: 2, rate: 0 }, 'times', 3)
  expect(unfrozen).toEqual([{ layer: 0, from: 1, to: 2, rate: null }])
  const [row] = scheduledRows(layerRows(cost, 3), unfrozen, 3)
  expect(rowText(row!, 2)).toBe('embeddings: epoch 2, rate 0.0001')
  expect(rowText(layerRows(cost, 3)[0]!, 2)).toBe('embeddings: frozen')
})

test('four steps double a rate', () => {
  expect(steppedRate(1e-4, 4)).toBe(2e-4)
  expect(steppedRate(1e-4, -4)).toBe(5e-5)
  expect(steppedRate(9, 4)).toBe(10)
})
