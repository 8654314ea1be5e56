import { UserError } from '@shared/userError'
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { JobFolder } from '../../../src/main/engine/jobs/jobFolder'
import type { JobRecord } from '../../../src/main/engine/jobs/jobRecord'
import { jobFixture, endless, request, stateBecomes, states } from './jobFixture'

const fixture = jobFixture()

describe('after a restart of the engine', () => {
  /** An engine that ends while one job runs and two wait, the last one moved to the front. */
  async function crashed(): Promise<void> {
    const before = fixture.engine()
    for (const id of ['a', 'b', 'c']) void before.submit(request(id), endless).catch(() => undefined)
    before.move('c', 0)
    await stateBecomes(before, 'a', 'running')
  }
  const asLeft = { a: 'interrupted', c: 'interrupted', b: 'interrupted' }

  it('everything that had not ended is there, in its order, interrupted', async () => {
    await crashed()
    const jobs = fixture.engine()
    expect(jobs.list().jobs.map(({ id, state }) => [id, state])).toEqual(Object.entries(asLeft))
    expect(jobs.list().jobs[0]).toMatchObject({ title: 'Probing a', input: { task: 'a' }, queued: true })
    // It was taken over: the engine after this one finds it again.
    expect(states(fixture.engine())).toEqual(asLeft)
  })

  it('a continued job runs by its call and input, after its model was opened as before', async () => {
    await crashed()
    const jobs = fixture.engine()
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
    const jobs = fixture.engine()
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
    const jobs = fixture.engine()
    jobs.list()
    await jobs.submit({ ...request('a'), id: 'again' }, () => Promise.resolve())
    expect(states(jobs)).toEqual({ again: 'done', b: 'interrupted', c: 'interrupted' })
    expect(states(fixture.engine())).toEqual({ again: 'done', b: 'interrupted', c: 'interrupted' })
  })

  it('an interrupted job is cancelled or forgotten without running', async () => {
    await crashed()
    const jobs = fixture.engine()
    jobs.list()
    jobs.cancel('a')
    jobs.forget('c')
    expect(states(jobs)).toEqual({ a: 'cancelled', b: 'interrupted' })
    expect(states(fixture.engine())).toEqual({ a: 'cancelled', b: 'interrupted' })
  })

  it('a damaged file is set aside with a note, and the others are there', async () => {
    await crashed()
    const name = readdirSync(fixture.folder).find((file) =>
      readFileSync(join(fixture.folder, file), 'utf8').includes('Probing c')
    )!
    writeFileSync(join(fixture.folder, name), '{"owner": ')
    const { jobs, notes } = fixture.engine().list()
    expect(jobs.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(notes).toEqual([expect.stringContaining(`It is kept as ${join(fixture.folder, name)}.damaged`)])
    expect(readdirSync(fixture.folder)).toContain(`${name}.damaged`)
    expect(fixture.engine().list().notes).toEqual([])
  })
})

describe('two engines on one folder', () => {
  // The process that runs the tests is alive, and is not this one.
  const another = { machine: hostname(), pid: process.ppid, engine: 'another', since: Date.now() }

  it('do not take jobs of one that is alive', () => {
    const theirs = fixture.engine(new JobFolder(fixture.folder, another))
    void theirs.submit(request('theirs'), endless)
    expect(fixture.engine().list().jobs).toEqual([])
  })

  it('take the jobs of one that is gone, of this number or from before the machine was started', () => {
    for (const [id, owner] of [
      ['reused', { ...another, pid: process.pid }],
      ['rebooted', { ...another, since: 0 }]
    ] as const)
      void fixture.engine(new JobFolder(fixture.folder, owner)).submit(request(id), endless)
    expect(Object.keys(states(fixture.engine())).sort()).toEqual(['rebooted', 'reused'])
  })

  it('leave jobs of another machine alone, whose processes cannot be seen', () => {
    void fixture
      .engine(new JobFolder(fixture.folder, { ...another, machine: 'elsewhere' }))
      .submit(request('far'), endless)
    expect(fixture.engine().list().jobs).toEqual([])
  })

  it('take jobs of another machine, and remove damaged files, that nobody has touched for a month', () => {
    void fixture
      .engine(new JobFolder(fixture.folder, { ...another, machine: 'elsewhere' }))
      .submit(request('far'), endless)
    writeFileSync(join(fixture.folder, 'x.json.damaged'), '{')
    const month = new Date(Date.now() - 31 * 24 * 60 * 60 * 1000)
    for (const file of readdirSync(fixture.folder)) utimesSync(join(fixture.folder, file), month, month)
    expect(states(fixture.engine())).toEqual({ far: 'interrupted' })
    expect(readdirSync(fixture.folder)).toHaveLength(1)
  })

  it('refuse to continue what the other has taken over meanwhile', () => {
    void fixture.engine(new JobFolder(fixture.folder, { ...another, pid: process.pid })).submit(request('a'), endless)
    const jobs = fixture.engine()
    jobs.resumeBy(() => Promise.resolve())
    expect(states(jobs)).toEqual({ a: 'interrupted' })
    new JobFolder(fixture.folder, another).write(
      (JSON.parse(readFileSync(join(fixture.folder, readdirSync(fixture.folder)[0]!), 'utf8')) as { record: JobRecord })
        .record
    )
    expect(() => jobs.resume('a')).toThrow('Another running Layerscope has taken this job over; continue it there.')
  })
})
