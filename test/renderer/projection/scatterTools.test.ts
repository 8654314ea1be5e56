import { expect, test } from 'vitest'
import { boxAfterKey, boxBetween, cornersOf, toolOf } from '@/modules/projection/scatterTools'

const keys = (held: string[]) => ({
  shiftKey: held.includes('shift'),
  ctrlKey: held.includes('ctrl'),
  metaKey: held.includes('meta')
})

test('Shift draws a box and Shift with Ctrl or Command a lasso, whatever tool is chosen', () => {
  expect(toolOf('move', keys([]))).toBe('move')
  expect(toolOf('lasso', keys([]))).toBe('lasso')
  expect(toolOf('move', keys(['shift']))).toBe('box')
  expect(toolOf('box', keys(['shift', 'ctrl']))).toBe('lasso')
  expect(toolOf('move', keys(['shift', 'meta']))).toBe('lasso')
})

test('a box is the same from either corner', () => {
  const box = { left: 10, top: 20, width: 30, height: 40 }
  expect(boxBetween([10, 20], [40, 60])).toEqual(box)
  expect(boxBetween([40, 20], [10, 60])).toEqual(box)
  expect(cornersOf(box)).toEqual([
    [10, 20],
    [40, 20],
    [40, 60],
    [10, 60]
  ])
})

test('arrow keys move the box of the keyboard within the picture, and resize it with Shift', () => {
  const size = { width: 100, height: 100 }
  const box = { left: 10, top: 20, width: 30, height: 40 }
  expect(boxAfterKey(box, { key: 'ArrowRight', shiftKey: false }, size)).toEqual({ ...box, left: 26 })
  expect(boxAfterKey(box, { key: 'ArrowLeft', shiftKey: false }, size)).toEqual({ ...box, left: 0 })
  expect(boxAfterKey(box, { key: 'ArrowDown', shiftKey: true }, size)).toEqual({ ...box, height: 56 })
  expect(boxAfterKey({ ...box, width: 85 }, { key: 'ArrowRight', shiftKey: true }, size)).toEqual({ ...box, width: 90 })
  expect(boxAfterKey(box, { key: 'x', shiftKey: false }, size)).toBeNull()
})
