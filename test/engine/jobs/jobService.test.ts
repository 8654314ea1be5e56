import { JobCancelled, type JobHandle, type JobStatus } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { JobFolder, keptEnded } from '../../../src/main/engine/jobs/jobFolder'
import { jobKey, type JobRecord } from '../../../src/main/engine/jobs/jobRecord'
import { JobService, type JobRequest } from '../../../src/main/engine/jobs/jobService'

let folder: string
let events: JobStatus[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-jobs-'))
  events = []
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** An engine on the folder; another call is the engine after it. */
function engine(jobFolder = new JobFolder(folder)): JobService {
  return new JobService((status) => events.push(status), undefined, jobFolder)
}

function request(id: string, changes: Partial<JobRequest> = {}): JobRequest {
  return {
    kind: 'probe',
    title: `Probing ${id}`,
    id,
    subject: { model: { id: 'm', name: 'model' } },
    call: 'probe.run',
    input: { task: id },
    opened: { models: [{ id: 'm', name: 'model', path: '/models/m', untrained: null }], datasets: [] },
    ...changes
  }
}

/** Work that goes on from `yield` to `yield` until the test ends it. */
function work() {
  let ended = false
  let result: unknown = null
  const steps: string[] = []
  return {
    steps,
    end: (answer: unknown = null) => {
      ended = true
      result = answer
    },
    run: async (job: JobHandle): Promise<unknown> => {
      steps.push('started')
      while (!ended) {
        steps.push('step')
        await job.yield()
      }
      return result
    }
  }
}

/** Work of an engine that ends before it does. */
const endless = (): Promise<never> => new Promise(() => undefined)

const states = (jobs: JobService): Record<string, string> =>
  Object.fromEntries(jobs.list().jobs.map(({ id, state }) => [id, state]))
const stateBecomes = (jobs: JobService, id: string, state: string): Promise<void> =>
  vi.waitFor(() => expect(states(jobs)[id]).toBe(state))

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('what a person waits for', () => {
  it('is answered while the queue makes no step, whatever waits in it, and the queue goes on afterwards', async () => {
    const jobs = engine()
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
    const jobs = engine()
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
    const jobs = engine()
    const heavy = work()
    const first = jobs.submit(request('heavy'), heavy.run)
    const light = work()
    const second = jobs.runCall(request('light', { kind: 'model', call: 'model.open' }), light.run)
    expect(states(jobs)).toEqual({ heavy: 'running', light: 'running' })
    expect(() => jobs.pause('light')).toThrow('Only a job of the queue can be paused.')
    expect(readdirSync(folder)).toHaveLength(1)
    light.end('answer')
    expect(await second).toBe('answer')
    expect(states(jobs)).toEqual({ heavy: 'running' })
    heavy.end()
    await first
  })
})

describe('the queue', () => {
  it('runs one job after the other, and each caller gets its own answer', async () => {
    const jobs = engine()
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
    const jobs = engine()
    const job = work()
    const answer = jobs.submit(request('a'), job.run)
    job.end()
    await answer
    expect(events.map(({ id, state, input }) => [id, state, input])).toEqual([
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
    const jobs = engine()
    const a = jobs.submit(request('a'), () => Promise.reject(new UserError('The data is gone.')))
    const b = jobs.submit(request('b'), () => Promise.resolve('of b'))
    await expect(a).rejects.toThrow('The data is gone.')
    expect(await b).toBe('of b')
    expect(jobs.list().jobs[0]).toMatchObject({ id: 'a', state: 'failed', error: 'The data is gone.' })
  })

  it('refuses an id that is in the list', async () => {
    const jobs = engine()
    const a = work()
    const answer = jobs.submit(request('a'), a.run)
    await expect(jobs.submit(request('a'), a.run)).rejects.toThrow('This job is in the list already.')
    a.end()
    await answer
  })

  it('is reordered while it waits', async () => {
    const jobs = engine()
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

  it('what a person asks for goes before what waits in the background, in the order in which it was asked for', async () => {
    const jobs = engine()
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
    expect(new Map(events.map(({ id, rank }) => [id, rank]))).toEqual(
      new Map(jobs.list().jobs.map(({ id, rank }) => [id, rank]))
    )
    first.end()
    await Promise.all(all)
    expect(order).toEqual(['asked', 'asked too', 'unasked too', 'unasked as well'])
  })

  it('cancels a job where it waits, runs or is paused', async () => {
    const jobs = engine()
    const [a, b, c] = [work(), work(), work()]
    const [first, second, third] = [a, b, c].map((one, i) => jobs.submit(request('abc'[i]!), one.run))
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
    const jobs = engine()
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
    const jobs = engine()
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
    const jobs = engine()
    const [a, b, c] = [work(), work(), work()]
    const answers = [a, b, c].map((one, i) => jobs.submit(request('abc'[i]!), one.run))
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
    const jobs = engine()
    for (let i = 0; i < keptEnded + 3; i++) await jobs.submit(request(`job-${i}`), () => Promise.resolve())
    expect(readdirSync(folder)).toHaveLength(keptEnded)
    expect(jobs.list().jobs).toHaveLength(keptEnded)
    expect(jobs.list().jobs[0]!.id).toBe('job-3')
    jobs.forget('job-3')
    expect(jobs.list().jobs[0]!.id).toBe('job-4')
    expect(readdirSync(folder)).toHaveLength(keptEnded - 1)
  })
})

describe('after a restart of the engine', () => {
  /** An engine that ends while one job runs and two wait, the last one moved to the front. */
  async function crashed(): Promise<void> {
    const before = engine()
    for (const id of ['a', 'b', 'c']) void before.submit(request(id), endless).catch(() => undefined)
    before.move('c', 0)
    await stateBecomes(before, 'a', 'running')
  }
  const asLeft = { a: 'interrupted', c: 'interrupted', b: 'interrupted' }

  it('everything that had not ended is there, in its order, interrupted', async () => {
    await crashed()
    const jobs = engine()
    expect(jobs.list().jobs.map(({ id, state }) => [id, state])).toEqual(Object.entries(asLeft))
    expect(jobs.list().jobs[0]).toMatchObject({ title: 'Probing a', input: { task: 'a' }, queued: true })
    // It was taken over: the engine after this one finds it again.
    expect(states(engine())).toEqual(asLeft)
  })

  it('a continued job runs by its call and input, after its model was opened as before', async () => {
    await crashed()
    const jobs = engine()
    const resumed: JobRecord[] = []
    jobs.resumeBy(async (record) => {
      resumed.push(record)
      return { id: `result of ${record.id}` }
    })
    jobs.list()
    for (const id of ['a', 'c', 'b']) jobs.resume(id)
    await vi.waitFor(() => expect(states(jobs)).toEqual({ a: 'done', c: 'done', b: 'done' }))
    expect(resumed.map(({ call, input, opened }) => [call, input, opened.models[0]?.path])).toEqual([
      ['probe.run', { task: 'a' }, '/models/m'],
      ['probe.run', { task: 'c' }, '/models/m'],
      ['probe.run', { task: 'b' }, '/models/m']
    ])
    expect(jobs.list().jobs.map(({ resultId }) => resultId)).toEqual(['result of a', 'result of c', 'result of b'])
    expect(() => jobs.resume('a')).toThrow('This job cannot be continued; start it again.')
  })

  it('says in its record why a job could not be continued, and offers it again', async () => {
    await crashed()
    const jobs = engine()
    let attempts = 0
    jobs.resumeBy(async () => {
      if (++attempts === 1) throw new UserError('The files are gone.')
    })
    jobs.list()
    jobs.resume('a')
    await stateBecomes(jobs, 'a', 'failed')
    expect(jobs.list().jobs.find(({ id }) => id === 'a')?.error).toBe('The files are gone.')
    jobs.resume('a')
    await stateBecomes(jobs, 'a', 'done')
    expect(jobs.list().jobs.find(({ id }) => id === 'a')).not.toHaveProperty('error')
  })

  it('an equal request takes the place of one that was interrupted', async () => {
    await crashed()
    const jobs = engine()
    jobs.list()
    await jobs.submit({ ...request('a'), id: 'again' }, () => Promise.resolve())
    expect(states(jobs)).toEqual({ again: 'done', b: 'interrupted', c: 'interrupted' })
    expect(states(engine())).toEqual({ again: 'done', b: 'interrupted', c: 'interrupted' })
  })

  it('an interrupted job is cancelled or forgotten without running', async () => {
    await crashed()
    const jobs = engine()
    jobs.list()
    jobs.cancel('a')
    jobs.forget('c')
    expect(states(jobs)).toEqual({ a: 'cancelled', b: 'interrupted' })
    expect(states(engine())).toEqual({ a: 'cancelled', b: 'interrupted' })
  })

  it('a damaged file is set aside with a note, and the others are there', async () => {
    await crashed()
    const name = readdirSync(folder).find((file) => readFileSync(join(folder, file), 'utf8').includes('Probing c'))!
    writeFileSync(join(folder, name), '{"owner": ')
    const { jobs, notes } = engine().list()
    expect(jobs.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(notes).toEqual([expect.stringContaining(`It is kept as ${join(folder, name)}.damaged`)])
    expect(readdirSync(folder)).toContain(`${name}.damaged`)
    expect(engine().list().notes).toEqual([])
  })
})

describe('two engines on one folder', () => {
  // The process that runs the tests is alive, and is not this one.
  const another = { machine: hostname(), pid: process.ppid, engine: 'another', since: Date.now() }

  it('do not take jobs of one that is alive', () => {
    const theirs = engine(new JobFolder(folder, another))
    void theirs.submit(request('theirs'), endless)
    expect(engine().list().jobs).toEqual([])
  })

  it('take the jobs of one that is gone, of this number or from before the machine was started', () => {
    for (const [id, owner] of [
      ['reused', { ...another, pid: process.pid }],
      ['rebooted', { ...another, since: 0 }]
    ] as const)
      void engine(new JobFolder(folder, owner)).submit(request(id), endless)
    expect(Object.keys(states(engine())).sort()).toEqual(['rebooted', 'reused'])
  })

  it('leave jobs of another machine alone, whose processes cannot be seen', () => {
    void engine(new JobFolder(folder, { ...another, machine: 'elsewhere' })).submit(request('far'), endless)
    expect(engine().list().jobs).toEqual([])
  })

  it('take jobs of another machine, and remove damaged files, that nobody has touched for a month', () => {
    void engine(new JobFolder(folder, { ...another, machine: 'elsewhere' })).submit(request('far'), endless)
    writeFileSync(join(folder, 'x.json.damaged'), '{')
    const month = new Date(Date.now() - 31 * 24 * 60 * 60 * 1000)
    for (const file of readdirSync(folder)) utimesSync(join(folder, file), month, month)
    expect(states(engine())).toEqual({ far: 'interrupted' })
    expect(readdirSync(folder)).toHaveLength(1)
  })

  it('refuse to continue what the other has taken over meanwhile', () => {
    void engine(new JobFolder(folder, { ...another, pid: process.pid })).submit(request('a'), endless)
    const jobs = engine()
    jobs.resumeBy(() => Promise.resolve())
    expect(states(jobs)).toEqual({ a: 'interrupted' })
    new JobFolder(folder, another).write(
      (JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]!), 'utf8')) as { record: JobRecord }).record
    )
    expect(() => jobs.resume('a')).toThrow('Another running Layerscope has taken this job over; continue it there.')
  })
})

it('a folder that cannot be written to is noted once, and jobs run all the same', async () => {
  const blocked = join(folder, 'file')
  writeFileSync(blocked, '')
  const jobs = engine(new JobFolder(join(blocked, 'jobs')))
  expect(await jobs.submit(request('a'), () => Promise.resolve('done'))).toBe('done')
  expect(jobs.list().notes).toEqual([expect.stringContaining('make the folder writable')])
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
