import { expect, test, vi } from 'vitest'
import { JobService } from '../../../src/main/engine/jobs/jobService'

test('idleness begins when the last of several jobs has ended, also where it failed', async () => {
  const whenIdle = vi.fn()
  const jobs = new JobService(() => undefined, whenIdle)
  let finish = (): void => undefined
  const slow = jobs.run('probe', 'Slow', 'slow', () => new Promise<void>((resolve) => (finish = resolve)))
  await jobs.run('probe', 'Quick', 'quick', () => Promise.resolve())
  expect(whenIdle).not.toHaveBeenCalled()
  finish()
  await slow
  expect(whenIdle).toHaveBeenCalledTimes(1)
  await expect(jobs.run('probe', 'Broken', 'broken', () => Promise.reject(new Error('It broke.')))).rejects.toThrow(
    'It broke.'
  )
  expect(whenIdle).toHaveBeenCalledTimes(2)
})
