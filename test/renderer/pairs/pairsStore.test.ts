// @vitest-environment happy-dom
import type { JobStatus } from '@shared/jobs'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it } from 'vitest'
import { usePairsStore } from '@/stores/pairsStore'
import { useJobStore } from '@/stores/jobStore'
import { useSessionStore } from '@/stores/sessionStore'
import { jobStatus } from '../../shared/jobStatus'
import { engine, settle } from '../engine'
import { modelInfo } from '../fixtures'

let jobs: JobStatus[]

beforeEach(() => {
  jobs = []
  engine.reset({
    'job.list': () => ({ jobs, notes: [] }),
    'job.cancel': () => null,
    'pairs.sets': () => [{ name: 'blimp', path: '/app/pairs/blimp', description: '', licence: '', source: '' }],
    'results.list': () => [],
    'state.load': () => ({}),
    'state.save': () => null
  })
})

/** A window that has just been loaded. */
async function reload() {
  setActivePinia(createPinia())
  useSessionStore().model = modelInfo()
  const store = usePairsStore()
  await useJobStore().load()
  await settle()
  return store
}
const run = (id: string, modelId: string, changes: Partial<JobStatus> = {}): JobStatus =>
  jobStatus({
    id,
    kind: 'pairs',
    title: 'Minimal pairs',
    call: 'pairs.run',
    subject: { model: { id: modelId, name: modelId } },
    ...changes
  })

it('of two runs with the same title, the one of the open model is shown, and cancelled by its id', async () => {
  jobs = [
    run('of another model', 'model-b', { rank: 1 }),
    run('with interventions', modelInfo().id, { rank: 2, kind: 'ablation', call: 'ablation.pairs' }),
    run('ours', modelInfo().id, { rank: 3, state: 'waiting' })
  ]
  const store = await reload()
  expect(store.job?.id).toBe('ours')
  await store.cancel()
  expect(engine.inputs('job.cancel')).toEqual([{ jobId: 'ours' }])
})

it('lists the kept runs again when one has ended that an earlier window asked for', async () => {
  jobs = [run('ours', modelInfo().id)]
  const store = await reload()
  const before = engine.inputs('results.list').length
  useJobStore().put(run('ours', modelInfo().id, { state: 'done' }))
  await settle()
  expect(engine.inputs('results.list').length).toBe(before + 1)
  expect(store.job).toBeNull()
})
