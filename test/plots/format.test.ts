import { expect, it } from 'vitest'
import { isWholePercent, moment, tickPercent } from '@/plots/format'

it('ticks of shares have a decimal only between whole percents', () => {
  expect([0, 0.8, 0.825, 1, 0.29].map(tickPercent)).toEqual([
    '0\u202f%',
    '80\u202f%',
    '82.5\u202f%',
    '100\u202f%',
    '29\u202f%'
  ])
  expect([0.07, 0.0705].map(isWholePercent)).toEqual([true, false])
})

it('a moment is the same, written as text or in milliseconds', () => {
  const now = new Date(2026, 2, 4, 9)
  const at = new Date(2026, 2, 3, 14, 5)
  expect(moment(at.toISOString(), now)).toBe('3 Mar, 14:05')
  expect(moment(at.getTime(), at)).toBe('14:05')
})
