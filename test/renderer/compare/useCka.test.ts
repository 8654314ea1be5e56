// @vitest-environment happy-dom
import type { SimilarityResult } from '@shared/compare'
import { createPinia, setActivePinia } from 'pinia'
import { effectScope } from 'vue'
import { beforeEach, expect, it } from 'vitest'
import { useCka } from '@/modules/compare/useCka'
import { useJobStore } from '@/stores/jobStore'
import { useSessionStore } from '@/stores/sessionStore'
import { jobStatus } from '../../shared/jobStatus'
import { engine, settle } from '../engine'
import { answered, datasetInfo, modelInfo } from '../fixtures'

const cost = (seconds: number) => ({
  words: 100,
  subwords: 120,
  seconds,
  memoryBytes: 1,
  diskBytes: 1,
  cached: seconds === 0
})
const answer = { words: 100 } as SimilarityResult

beforeEach(() => {
  setActivePinia(createPinia())
  engine.reset({
    'compare.estimate': () => cost(1),
    'probe.list': () => [],
    'probe.estimate': () => ({
      extract: cost(1),
      solveSeconds: 1,
      seconds: 1,
      memoryBytes: 1,
      diskBytes: 1
    }),
    'job.cancel': () => null,
    'state.load': () => ({}),
    'state.save': () => null
  })
  const session = useSessionStore()
  session.model = modelInfo()
  session.dataset = datasetInfo()
})

it('is computed unasked where it takes moments, with the progress of its own job', async () => {
  const held = engine.hold('compare.cka')
  const cka = effectScope().run(useCka)!
  await settle()
  await settle()
  expect(held).toHaveLength(1)
  const jobs = useJobStore()
  jobs.put(jobStatus({ id: 'another', kind: 'compare', done: 9 }))
  jobs.put(jobStatus({ id: held[0]!.input.jobId!, kind: 'compare', state: 'waiting' }))
  expect(cka.job.status.value).toMatchObject({ id: held[0]!.input.jobId, state: 'waiting' })
  held[0]!.answer(answered('cka', answer))
  await settle()
  expect([cka.job.result.value, cka.job.running.value]).toEqual([answered('cka', answer), false])
})

it('is asked for where it takes longer', async () => {
  engine.answers['compare.estimate'] = () => cost(60)
  const held = engine.hold('compare.cka')
  const cka = effectScope().run(useCka)!
  await settle()
  await settle()
  expect([held.length, cka.cost.value?.seconds]).toEqual([0, 60])
  void cka.compute()
  await settle()
  expect(held).toHaveLength(1)
})

it('of another request cancels the one before, whose late answer is dropped', async () => {
  const held = engine.hold('compare.cka')
  const cka = effectScope().run(useCka)!
  await settle()
  await settle()
  useSessionStore().dataset = datasetInfo({ id: 'other' })
  await settle()
  await settle()
  expect(engine.inputs('job.cancel')).toEqual([{ jobId: held[0]!.input.jobId }])
  expect(held.map(({ input }) => input.datasetId)).toEqual(['ud_english-ewt', 'other'])
  held[0]!.answer(answered('cka', { ...answer, words: 1 }))
  await settle()
  expect(cka.job.result.value).toBeNull()
  held[1]!.answer(answered('cka', answer))
  await settle()
  expect(cka.job.result.value?.words).toBe(100)
})
