// @vitest-environment happy-dom
import { defaultCurve } from '@shared/curveSettings'
import type { JobStatus } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it } from 'vitest'
import { useCurveStore } from '@/modules/probes/curveStore'
import { useJobStore } from '@/stores/jobStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSessionStore } from '@/stores/sessionStore'
import { jobStatus } from '../../shared/jobStatus'
import { engine, settle } from '../engine'
import { dataset, model, probeOptions } from './fixture'

let jobs: JobStatus[]

beforeEach(() => {
  jobs = []
  engine.reset({ 'job.list': () => ({ jobs, notes: [] }) })
})

async function reload() {
  setActivePinia(createPinia())
  const session = useSessionStore()
  session.model = model
  session.dataset = dataset
  const store = useCurveStore()
  await useJobStore().load()
  await settle()
  return store
}
function drawing(id: string, modelId: string, kind: 'size' | 'rank'): JobStatus {
  return jobStatus({
    id,
    kind: 'curve',
    call: 'curve.run',
    title: 'Curve of UPOS',
    subject: { model: { id: modelId, name: '' }, dataset: { id: dataset.id, name: '' } },
    input: { task: 'upos', curve: defaultCurve(kind) }
  })
}

it('finds the curve that is drawn by model, data, task and kind, whoever asked for it', async () => {
  jobs = [drawing('of another model', 'model-b', 'size'), drawing('rank', model.id, 'rank')]
  const store = await reload()
  expect(store.running('rank', 'upos')?.job?.id).toBe('rank')
  expect(store.running('size', 'upos')).toBeNull()
  expect(store.running('rank', 'deprel')).toBeNull()
  expect(store.busy).toBe(true)
})

it('shows what was just asked for before the engine reports it, and says why it failed', async () => {
  const store = await reload()
  const held = engine.hold('curve.run')
  const { probe, ...options } = probeOptions()
  const done = store.run({ ...options, probe, codelength: false, restarts: 1, curve: defaultCurve('size') })
  await settle()
  expect(store.running('size', 'upos')).toEqual({ job: null })
  held[0]!.fail(new UserError('There are fewer sentences than shares.'))
  await done
  expect(store.running('size', 'upos')).toBeNull()
  expect(useNoticeStore().notices).toMatchObject([{ text: 'There are fewer sentences than shares.' }])
})

it('counts attempts that ended, for the next one takes less time, and lists what is done', async () => {
  jobs = [drawing('rank', model.id, 'rank')]
  const store = await reload()
  const lists = engine.inputs('results.list').length
  useJobStore().put({ ...drawing('rank', model.id, 'rank'), state: 'cancelled' })
  await settle()
  expect([store.attempts, engine.inputs('results.list').length]).toEqual([1, lists])
  useJobStore().put({ ...drawing('again', model.id, 'rank'), state: 'done' })
  await settle()
  expect([store.attempts, engine.inputs('results.list').length]).toEqual([2, lists + 1])
})
