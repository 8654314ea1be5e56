import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import type { JobHandle, JobStatus } from '@shared/jobs'
import { JobFolder } from '../../../src/main/engine/jobs/jobFolder'
import { JobService, type JobRequest } from '../../../src/main/engine/jobs/jobService'

/** A folder of jobs and the events of engines on it, both new for each test of a file. */
export interface JobFixture {
  folder: string
  events: JobStatus[]
  /** An engine on the folder; another call is the engine after it. */
  engine(jobFolder?: JobFolder): JobService
}

export function jobFixture(): JobFixture {
  const fixture: JobFixture = {
    folder: '',
    events: [],
    engine: (jobFolder = new JobFolder(fixture.folder)) =>
      new JobService((status) => fixture.events.push(status), undefined, jobFolder)
  }
  beforeEach(() => {
    fixture.folder = mkdtempSync(join(tmpdir(), 'layerscope-jobs-'))
    fixture.events = []
  })
  afterEach(() => rmSync(fixture.folder, { recursive: true, force: true }))
  return fixture
}

export function request(id: string, changes: Partial<JobRequest> = {}): JobRequest {
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
export function work() {
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
export const endless = (): Promise<never> => new Promise(() => undefined)

export const states = (jobs: JobService): Record<string, string> =>
  Object.fromEntries(jobs.list().jobs.map(({ id, state }) => [id, state]))
export const stateBecomes = (jobs: JobService, id: string, state: string): Promise<void> =>
  vi.waitFor(() => expect(states(jobs)[id]).toBe(state))

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
