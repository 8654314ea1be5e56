import { JobCancelled } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { readdirSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { keptEnded } from '../../../src/main/engine/jobs/jobFolder'
import { jobKey } from '../../../src/main/engine/jobs/jobRecord'
import { jobFixture, request, stateBecomes, states, work } from './jobFixture'

const fixture = jobFixture()

describe('the queue', () => {
  it('runs one job after the other, and each caller gets its own answer', async () => {
    const jobs = fixture.engine()
    const [a, b] = [work(), work()]
    const answers = [jobs.submit(request('a'), a.run), jobs.submit(request('b'), b.run)]
    expect(states(jobs)).toEqual({ a: 'running', b: 'waiting' })
    expect(b.steps).toEqual([])
    a.end('of a')
    expect(await answers[0]).toBe('of a')
    expect(states(jobs)).toEqual({ a: 'done', b: 'running' })
    b.end({ id: 'result-b' })
    await answers[1]
    expect(jobs.list().jobs.map(({ id, state, resultId }) => [id, state, resultId])).toEqual([
      ['a', 'done', undefined],
      ['b', 'done', 'result-b']
    ])
  })

  it('reports the request once, and each state by the job’s id', async () => {
    const jobs = fixture.engine()
    const job = work()
    const answer = jobs.submit(request('a'), job.run)
    job.end()
    await answer
    expect(fixture.events.map(({ id, state, input }) => [id, state, input])).toEqual([
      ['a', 'waiting', { task: 'a' }],
      ['a', 'running', undefined],
      ['a', 'done', undefined]
    ])
    expect(jobs.list().jobs[0]).toMatchObject({
      call: 'probe.run',
      input: {},
      key: jobKey('probe.run', { task: 'a' }),
      subject: { model: { id: 'm', name: 'model' } }
    })
  })

  it('goes on with the next after a failure', async () => {
    const jobs = fixture.engine()
    const a = jobs.submit(request('a'), () => Promise.reject(new UserError('The data is gone.')))
    const b = jobs.submit(request('b'), () => Promise.resolve('of b'))
    await expect(a).rejects.toThrow('The data is gone.')
    expect(await b).toBe('of b')
    expect(jobs.list().jobs[0]).toMatchObject({ id: 'a', state: 'failed', error: 'The data is gone.' })
  })

  it('refuses an id that is in the list', async () => {
    const jobs = fixture.engine()
    const a = work()
    const answer = jobs.submit(request('a'), a.run)
    await expect(jobs.submit(request('a'), a.run)).rejects.toThrow('This job is in the list already.')
    a.end()
    await answer
  })

  it('is reordered while it waits', async () => {
    const jobs = fixture.engine()
    const a = work()
    const order: string[] = []
    const next = (id: string) => jobs.submit(request(id), async () => void order.push(id))
    const all = [jobs.submit(request('a'), a.run), next('b'), next('c'), next('d')]
    jobs.move('d', 0)
    jobs.move('b', 2)
    expect(jobs.list().jobs.map(({ id }) => id)).toEqual(['a', 'd', 'c', 'b'])
    expect(() => jobs.move('a', 1)).toThrow('Only a job that waits can be moved.')
    a.end()
    await Promise.all(all)
    expect(order).toEqual(['d', 'c', 'b'])
  })

  it('what a person asks for goes before what waits in the background, in the order of asking', async () => {
    const jobs = fixture.engine()
    const first = work()
    const order: string[] = []
    const next = (id: string, background: boolean) =>
      jobs.submit(request(id, { background }), async () => void order.push(id))
    const all = [
      jobs.submit(request('unasked', { background: true }), first.run),
      next('unasked too', true),
      next('unasked as well', true),
      next('asked', false),
      next('asked too', false)
    ]
    expect(jobs.list().jobs.map(({ id }) => id)).toEqual([
      'unasked',
      'asked',
      'asked too',
      'unasked too',
      'unasked as well'
    ])
    // The window and the folder hear of the new order.
    expect(new Map(fixture.events.map(({ id, rank }) => [id, rank]))).toEqual(
      new Map(jobs.list().jobs.map(({ id, rank }) => [id, rank]))
    )
    first.end()
    await Promise.all(all)
    expect(order).toEqual(['asked', 'asked too', 'unasked too', 'unasked as well'])
  })

  it('cancels a job where it waits, runs or is paused', async () => {
    const jobs = fixture.engine()
    const [a, b, c] = [work(), work(), work()]
    const [first, second, third] = [a, b, c].map((job, i) => jobs.submit(request('abc'[i]!), job.run))
    jobs.cancel('b')
    await expect(second).rejects.toBeInstanceOf(JobCancelled)
    expect(b.steps).toEqual([])
    jobs.pause('a')
    await stateBecomes(jobs, 'a', 'paused')
    jobs.cancel('a')
    await expect(first).rejects.toThrow('Probing a was cancelled.')
    expect(states(jobs)).toEqual({ a: 'cancelled', b: 'cancelled', c: 'running' })
    jobs.cancel('c')
    await expect(third).rejects.toBeInstanceOf(JobCancelled)
    expect(() => jobs.cancel('c')).toThrow('This job is not running any more.')
  })

  it('pauses a running job at its next step; the next one runs, and the paused one goes on after it', async () => {
    const jobs = fixture.engine()
    const [a, b] = [work(), work()]
    const answers = [jobs.submit(request('a'), a.run), jobs.submit(request('b'), b.run)]
    jobs.pause('a')
    await stateBecomes(jobs, 'a', 'paused')
    expect(states(jobs)).toEqual({ a: 'paused', b: 'running' })
    const steps = a.steps.length
    await vi.waitFor(() => expect(b.steps.length).toBeGreaterThan(3))
    expect(a.steps).toHaveLength(steps)
    jobs.resume('a')
    expect(states(jobs)).toEqual({ a: 'waiting', b: 'running' })
    b.end()
    await answers[1]
    expect(states(jobs).a).toBe('running')
    a.end('of a')
    expect(await answers[0]).toBe('of a')
    expect(a.steps.filter((step) => step === 'started')).toHaveLength(1)
  })

  it('holds every part of paused work that runs at once', async () => {
    const jobs = fixture.engine()
    const parts = [work(), work()]
    const answer = jobs.submit(request('a'), (job) => Promise.all(parts.map((part) => part.run(job))))
    jobs.pause('a')
    await stateBecomes(jobs, 'a', 'paused')
    await new Promise((resolve) => setImmediate(resolve))
    const steps = parts.map((part) => part.steps.length)
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(parts.map((part) => part.steps.length)).toEqual(steps)
    jobs.resume('a')
    parts.forEach((part) => part.end())
    await answer
  })

  it('pauses a waiting job: others pass it until it is resumed', async () => {
    const jobs = fixture.engine()
    const [a, b, c] = [work(), work(), work()]
    const answers = [a, b, c].map((job, i) => jobs.submit(request('abc'[i]!), job.run))
    jobs.pause('b')
    a.end()
    await answers[0]
    expect(states(jobs)).toEqual({ a: 'done', b: 'paused', c: 'running' })
    jobs.resume('b')
    c.end()
    await answers[2]
    expect(states(jobs).b).toBe('running')
    b.end()
    await answers[1]
  })

  it('keeps the last ended jobs and no more; an ended one can be forgotten', async () => {
    const jobs = fixture.engine()
    for (let i = 0; i < keptEnded + 3; i++) await jobs.submit(request(`job-${i}`), () => Promise.resolve())
    expect(readdirSync(fixture.folder)).toHaveLength(keptEnded)
    expect(jobs.list().jobs).toHaveLength(keptEnded)
    expect(jobs.list().jobs[0]!.id).toBe('job-3')
    jobs.forget('job-3')
    expect(jobs.list().jobs[0]!.id).toBe('job-4')
    expect(readdirSync(fixture.folder)).toHaveLength(keptEnded - 1)
  })
})
