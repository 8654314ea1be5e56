import { expect, it } from 'vitest'
import { formatDuration } from '@/plots/format'

it('a duration has a unit that is read at a glance, and none where it is not the time of one run', () => {
  expect([3.4, 410, 2300, 59_900, 60_000, 2_093_235].map(formatDuration)).toEqual([
    '3 ms',
    '410 ms',
    '2.3 s',
    '59.9 s',
    null,
    null
  ])
})
