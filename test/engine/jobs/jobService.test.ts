import { JobCancelled } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { JobFolder } from '../../../src/main/engine/jobs/jobFolder'
import { jobKey } from '../../../src/main/engine/jobs/jobRecord'
import { JobService } from '../../../src/main/engine/jobs/jobService'
import { jobFixture, request, states, turn, work } from './jobFixture'

const fixture = jobFixture()

describe('what a person waits for', () => {
  it('is answered while the queue makes no step, whatever waits in it, and the queue goes on afterwards', async () => {
    const jobs = fixture.engine()
    const [running, waiting] = [work(), work()]
    const ends = [jobs.submit(request('running'), running.run), jobs.submit(request('waiting'), waiting.run)]
    await vi.waitFor(() => expect(running.steps.length).toBeGreaterThan(3))
    const steps: number[] = []
    const answers = ['sentence', 'head'].map((answer) =>
      jobs.first(async () => {
        for (let i = 0; i < 5; i++) {
          await turn()
          steps.push(running.steps.length)
        }
        return answer
      })
    )
    expect(await Promise.all(answers)).toEqual(['sentence', 'head'])
    expect(new Set(steps).size).toBe(1)
    expect(waiting.steps).toEqual([])
    await vi.waitFor(() => expect(running.steps.length).toBeGreaterThan(steps[0]! + 3))
    running.end()
    await vi.waitFor(() => expect(waiting.steps.length).toBeGreaterThan(3))
    waiting.end()
    await Promise.all(ends)
  })

  it('that fails lets the queue go on, and a job that it holds can be cancelled', async () => {
    const jobs = fixture.engine()
    const heavy = work()
    const end = expect(jobs.submit(request('heavy'), heavy.run)).rejects.toThrow(JobCancelled)
    await vi.waitFor(() => expect(heavy.steps.length).toBeGreaterThan(3))
    await expect(jobs.first(() => Promise.reject(new UserError('There is no such head.')))).rejects.toThrow(
      'no such head'
    )
    const before = heavy.steps.length
    await vi.waitFor(() => expect(heavy.steps.length).toBeGreaterThan(before + 3))
    await jobs.first(async () => {
      jobs.cancel('heavy')
      await turn()
    })
    await end
  })
})

describe('outside of the queue', () => {
  it('idleness begins when the last of several jobs has ended, also where it failed', async () => {
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

  it('a call starts although the queue is busy, is not kept, and cannot be paused', async () => {
    const jobs = fixture.engine()
    const heavy = work()
    const first = jobs.submit(request('heavy'), heavy.run)
    const light = work()
    const second = jobs.runCall(request('light', { kind: 'model', call: 'model.open' }), light.run)
    expect(states(jobs)).toEqual({ heavy: 'running', light: 'running' })
    expect(() => jobs.pause('light')).toThrow('Only a job of the queue can be paused.')
    expect(readdirSync(fixture.folder)).toHaveLength(1)
    light.end('answer')
    expect(await second).toBe('answer')
    expect(states(jobs)).toEqual({ heavy: 'running' })
    heavy.end()
    await first
  })
})

it('a folder that cannot be written to is noted once, and jobs run all the same', async () => {
  const blocked = join(fixture.folder, 'file')
  writeFileSync(blocked, '')
  const jobs = fixture.engine(new JobFolder(join(blocked, 'jobs')))
  expect(await jobs.submit(request('a'), () => Promise.resolve('done'))).toBe('done')
  expect(jobs.list().notes).toEqual([
    `The queue could not be saved in ${join(blocked, 'jobs')}: a file is where a folder has to be. Jobs run all the ` +
      'same, but a restart of the engine forgets them; make the folder writable.'
  ])
})

it('equal requests have equal keys, whatever the order of their fields', () => {
  const key = jobKey('probe.run', { task: 'upos', probe: { kind: 'mlp', hidden: 8 } })
  expect(jobKey('probe.run', { probe: { hidden: 8, kind: 'mlp' }, task: 'upos' })).toBe(key)
  expect(jobKey('probe.regress', { task: 'upos', probe: { kind: 'mlp', hidden: 8 } })).not.toBe(key)
  expect(key).toMatch(/^[0-9a-f]{32}$/)
})

it('a job cancelled before it was made is not made', async () => {
  const jobs = new JobService(() => undefined)
  let answer = (_kept: null): void => undefined
  const announced = jobs.announce('early', () => new Promise<null>((resolve) => (answer = resolve)))
  jobs.cancel('early')
  answer(null)
  await expect(announced).rejects.toThrow(JobCancelled)
  expect(() => jobs.cancel('early')).toThrow('This job')
})
