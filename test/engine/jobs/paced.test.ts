import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Paced } from '../../../src/main/engine/jobs/paced'

beforeEach(() => vi.useFakeTimers({ now: 1_000 }))
afterEach(() => vi.useRealTimers())

test('passes the first value at once, and of those that come too soon the last one when its time has come', () => {
  const sent: number[] = []
  const paced = new Paced<number>(100, (value) => sent.push(value))
  paced.push(1)
  paced.push(2)
  vi.advanceTimersByTime(40)
  paced.push(3)
  expect(sent).toEqual([1])
  vi.advanceTimersByTime(59)
  expect(sent).toEqual([1])
  // Nothing new comes, and the last value is not lost.
  vi.advanceTimersByTime(1)
  expect(sent).toEqual([1, 3])
  vi.advanceTimersByTime(500)
  expect(sent).toEqual([1, 3])
  paced.push(4)
  expect(sent).toEqual([1, 3, 4])
})

test('keeps quiet until its first moment, and drops what waits when it is stopped', () => {
  const sent: number[] = []
  const paced = new Paced<number>(100, (value) => sent.push(value), 1_250)
  paced.push(1)
  vi.advanceTimersByTime(249)
  expect(sent).toEqual([])
  paced.push(2)
  vi.advanceTimersByTime(1)
  expect(sent).toEqual([2])
  paced.push(5)
  paced.flush()
  expect(sent).toEqual([2, 5])
  paced.push(3)
  paced.stop()
  vi.advanceTimersByTime(500)
  expect(sent).toEqual([2, 5])
})
