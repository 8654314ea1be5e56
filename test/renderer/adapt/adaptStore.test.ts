// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import type { FinetuneEstimate, FinetuneProgress, FinetuneStep } from '@shared/finetune'
import type { JobStatus } from '@shared/jobs'
import { useAdaptStore } from '@/modules/adapt/adaptStore'
import { useJobStore } from '@/stores/jobStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSessionStore } from '@/stores/sessionStore'
import { engine, settle } from '../engine'
import { dataset, model } from '../probes/fixture'

const estimate: FinetuneEstimate = {
  seconds: 12,
  memoryBytes: 1,
  diskBytes: 1,
  trained: 1,
  parameters: 2,
  taskBytes: 4,
  steps: 8,
  epochSteps: 2,
  stages: 1,
  strip: [{ from: 0, to: 8, rates: [1e-4, 1e-4, 1e-3] }]
}
const step = (at: number): FinetuneStep => ({
  step: at,
  loss: 1 / at,
  rates: { head: 1e-3, model: 1e-4 },
  gradientNorm: 1,
  layerNorms: [1, 1, 1]
})

beforeEach(() => {
  setActivePinia(createPinia())
  engine.answers = { 'finetune.estimate': () => estimate }
  Object.assign(useSessionStore(), { model, dataset })
})

it('what a run takes is asked for each change, and never shown for another model', async () => {
  const session = useSessionStore()
  const adapt = useAdaptStore()
  await settle()
  expect(adapt.cost).toEqual(estimate)
  const held = engine.hold('finetune.estimate')
  session.model = { ...model, id: 'another' }
  await settle()
  expect(adapt.cost).toBeNull()
  held.at(-1)!.answer({ ...estimate, steps: 9 })
  await settle()
  expect(adapt.cost?.steps).toBe(9)
  expect(engine.inputs('finetune.estimate').at(-1)).toMatchObject({ modelId: 'another', task: 'upos' })
})

it('a changed schedule is part of the request, and the strip stays while its cost is not known', async () => {
  const adapt = useAdaptStore()
  await settle()
  expect(adapt.strip?.cost).toEqual(estimate)
  const held = engine.hold('finetune.estimate')
  adapt.layerSchedule = [{ layer: 1, from: 1, to: null, rate: null }]
  await settle()
  expect(adapt.cost).toBeNull()
  expect(adapt.strip?.cost).toEqual(estimate)
  expect(engine.inputs('finetune.estimate').at(-1)).toMatchObject({ layerSchedule: [{ layer: 1, from: 1 }] })
  held.at(-1)!.answer({ ...estimate, steps: 9 })
  await settle()
  expect(adapt.strip?.cost.steps).toBe(9)
  adapt.choose('bitfit')
  expect(adapt.layerSchedule).toEqual([])
})

it('a field that cannot be read asks for nothing, and says why', async () => {
  const adapt = useAdaptStore()
  await settle()
  const asked = engine.inputs('finetune.estimate').length
  adapt.texts = { ...adapt.texts, epochs: 'many' }
  await settle()
  expect(adapt.request).toEqual({ options: null, problem: 'Epochs has to be a whole number from 1 to 1,000.' })
  expect(adapt.cost).toBeNull()
  expect(engine.inputs('finetune.estimate')).toHaveLength(asked)
})

it('a run that fails says so', async () => {
  const adapt = useAdaptStore()
  await settle()
  engine.answers['finetune.run'] = () => {
    throw new Error('Training diverged.')
  }
  await adapt.run()
  expect(useNoticeStore().notices.at(-1)).toMatchObject({ title: 'The model could not be adapted' })
})

it('a run is looked at by what is new of it', async () => {
  const adapt = useAdaptStore()
  await settle()
  const all = [step(1), step(2), step(3)]
  const progress = (steps: FinetuneStep[]): FinetuneProgress => ({
    jobId: 'job',
    steps,
    epochs: [],
    probes: [],
    totalSteps: 8,
    totalEpochs: 2
  })
  let made = 2
  engine.answers['finetune.progress'] = ({ from }) => progress(all.slice(from, made))
  const job = (id: string): JobStatus =>
    ({
      id,
      kind: 'finetune',
      title: 'Full fine-tuning',
      subject: { model: { id: model.id, name: model.name }, dataset: { id: dataset.id, name: dataset.name } },
      call: 'finetune.run',
      key: null,
      queued: true,
      rank: 0,
      state: 'running',
      done: 1,
      total: 8,
      message: '',
      createdAt: 0,
      startedAt: 0,
      secondsLeft: null
    }) as JobStatus
  const jobs = useJobStore()
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  jobs.put(job('job'))
  await settle()
  expect(adapt.progress?.steps).toHaveLength(2)
  made = 3
  await vi.advanceTimersByTimeAsync(1000)
  await settle()
  expect(adapt.progress?.steps.map((one) => one.step)).toEqual([1, 2, 3])
  expect(engine.inputs('finetune.progress').at(-1)).toMatchObject({ job: 'job', from: 2 })
})
