import { expect, test } from 'vitest'
import { JobQueue } from '../../../src/main/engine/jobs/queue'

function queueOf(...names: string[]) {
  const started: string[] = []
  const queue = new JobQueue<{ name: string; rank: number; background: boolean }>(({ name }) => started.push(name))
  const jobs = names.map((name) => ({ name, rank: queue.nextRank(), background: name.startsWith('unasked') }))
  jobs.forEach((job) => queue.add(job))
  return { queue, jobs, started }
}

test('one job runs at a time, in the order in which they were asked for', () => {
  const { queue, jobs, started } = queueOf('a', 'b', 'c')
  expect(started).toEqual(['a'])
  queue.remove(jobs[0]!)
  queue.remove(jobs[1]!)
  expect(started).toEqual(['a', 'b', 'c'])
})

test('a waiting job that is removed never starts, and the running one goes on', () => {
  const { queue, jobs, started } = queueOf('a', 'b', 'c')
  queue.remove(jobs[1]!)
  expect(started).toEqual(['a'])
  queue.remove(jobs[0]!)
  expect(started).toEqual(['a', 'c'])
})

test('waiting jobs are moved; those whose place has changed are named, and ranks stay distinct', () => {
  const { queue, jobs, started } = queueOf('a', 'b', 'c', 'd')
  const [, b, c, d] = jobs
  expect(queue.move(d!, 0).map(({ name }) => name)).toEqual(['d', 'b', 'c'])
  expect(queue.move(b!, 1)).toEqual([])
  expect([d, b, c].map((job) => job!.rank)).toEqual([...[d, b, c].map((job) => job!.rank)].sort((x, y) => x - y))
  expect(queue.move(d!, 99).map(({ name }) => name)).toEqual(['b', 'c', 'd'])
  for (const job of [jobs[0], b, c]) queue.remove(job!)
  expect(started).toEqual(['a', 'b', 'c', 'd'])
})

test('the first rank is before all that wait', () => {
  const { queue, jobs, started } = queueOf('a', 'b', 'c')
  const urgent = { name: 'urgent', rank: queue.firstRank(), background: false }
  queue.add(urgent)
  queue.remove(jobs[0]!)
  expect(started).toEqual(['a', 'urgent'])
})

test('a job passes those that wait in the background, and them alone', () => {
  const { queue, jobs, started } = queueOf('a', 'b', 'unasked 1', 'unasked 2', 'c')
  const [a, b, first, , c] = jobs
  expect(queue.passBackground(first!)).toEqual([])
  expect(queue.passBackground(c!).map(({ name }) => name)).toEqual(['c', 'unasked 1', 'unasked 2'])
  expect(queue.passBackground(c!)).toEqual([])
  for (const job of [a, b, c, first]) queue.remove(job!)
  expect(started).toEqual(['a', 'b', 'c', 'unasked 1', 'unasked 2'])
})
