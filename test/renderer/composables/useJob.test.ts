// @vitest-environment happy-dom
import { JobCancelled } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { createPinia, setActivePinia } from 'pinia'
import { effectScope } from 'vue'
import { beforeEach, describe, expect, it } from 'vitest'
import { useJob, type JobOptions } from '@/composables/useJob'
import { onJobsEnd } from '@/composables/onJobsEnd'
import { useJobStore } from '@/stores/jobStore'
import { jobStatus } from '../../shared/jobStatus'
import { engine, settle } from '../engine'

beforeEach(() => {
  setActivePinia(createPinia())
  engine.reset({ 'job.cancel': () => null })
})

/** A pane with one job; each start is held until the test answers it. */
function pane(options: JobOptions = {}) {
  const scope = effectScope()
  const job = scope.run(() => useJob<string>(options))!
  const started: { jobId: string; finish: (value: string) => void; fail: (error: Error) => void }[] = []
  const start = () => job.start((jobId) => new Promise((finish, fail) => started.push({ jobId, finish, fail })))
  return { scope, job, started, start, cancelled: () => engine.inputs('job.cancel').map(({ jobId }) => jobId) }
}

describe('useJob', () => {
  it('has the answer, and runs until then', async () => {
    const { job, started, start } = pane()
    const answer = start()
    expect(job.running.value).toBe(true)
    started[0]!.finish('first')
    expect(await answer).toBe('first')
    expect([job.result.value, job.running.value]).toEqual(['first', false])
  })

  it('shows the progress of its own job, whatever else of the same kind and title runs', async () => {
    const { job, started, start } = pane()
    const jobs = useJobStore()
    jobs.put(jobStatus({ id: 'another', kind: 'ablation', title: 'Pruning', done: 9, total: 10 }))
    void start()
    expect(job.status.value).toBeNull()
    jobs.put(jobStatus({ id: started[0]!.jobId, kind: 'ablation', title: 'Pruning', done: 1, total: 10 }))
    jobs.put(jobStatus({ id: 'another', kind: 'ablation', title: 'Pruning', done: 10, total: 10 }))
    expect(job.status.value).toMatchObject({ id: started[0]!.jobId, done: 1 })
  })

  it('cancels what ran before, whose late answer is dropped', async () => {
    const { job, started, start, cancelled } = pane()
    const first = start()
    const second = start()
    expect(cancelled()).toEqual([started[0]!.jobId])
    started[1]!.finish('second')
    await second
    started[0]!.finish('first')
    expect(await first).toBeNull()
    expect(job.result.value).toBe('second')
  })

  it('keeps the failure of the newest as a sentence, and none of an older or a cancelled one', async () => {
    const { job, started, start } = pane()
    const first = start()
    const second = start()
    started[0]!.fail(new UserError('Superseded all the same.'))
    await first
    expect([job.error.value, job.running.value]).toEqual([null, true])
    started[1]!.fail(new UserError('The corpus has no words.'))
    expect(await second).toBeNull()
    expect([job.error.value, job.running.value]).toEqual(['The corpus has no words.', false])
    const third = start()
    expect(job.error.value).toBeNull()
    job.cancel()
    started[2]!.fail(new JobCancelled())
    await third
    expect([job.error.value, job.running.value]).toEqual([null, false])
  })

  it('tells a store of a failure in place of keeping it', async () => {
    const failures: unknown[] = []
    const { job, started, start } = pane({ onFailure: (error) => failures.push(error) })
    const answer = start()
    started[0]!.fail(new UserError('No.'))
    await answer
    expect(failures).toEqual([new UserError('No.')])
    expect(job.error.value).toBeNull()
  })

  it('ends with its pane, or outlives it', () => {
    const bound = pane()
    void bound.start()
    bound.scope.stop()
    expect(bound.cancelled()).toEqual([bound.started[0]!.jobId])
    const free = pane({ outlives: true })
    void free.start()
    free.scope.stop()
    expect(free.cancelled()).toEqual([bound.started[0]!.jobId])
  })

  it('cleared, it has neither result nor error, and an answer on its way is dropped', async () => {
    const { job, started, start, cancelled } = pane()
    const answer = start()
    job.clear()
    expect(cancelled()).toEqual([started[0]!.jobId])
    started[0]!.finish('late')
    expect(await answer).toBeNull()
    expect([job.result.value, job.error.value, job.running.value]).toEqual([null, null, false])
  })
})

it('the end of a job is reported once, by its call, even if nothing was known of it before', async () => {
  const jobs = useJobStore()
  const ended: string[] = []
  effectScope().run(() => onJobsEnd(['curve.run'], (list) => ended.push(...list.map(({ id }) => id))))
  jobs.put(jobStatus({ id: 'curve', call: 'curve.run' }))
  jobs.put(jobStatus({ id: 'probe', call: 'probe.run', state: 'done' }))
  jobs.put(jobStatus({ id: 'unheard', call: 'curve.run', state: 'failed' }))
  await settle()
  expect(ended).toEqual(['unheard'])
  jobs.put(jobStatus({ id: 'curve', call: 'curve.run', state: 'done' }))
  await settle()
  jobs.put(jobStatus({ id: 'curve', call: 'curve.run', state: 'done', resultId: 'r' }))
  await settle()
  expect(ended).toEqual(['unheard', 'curve'])
})
