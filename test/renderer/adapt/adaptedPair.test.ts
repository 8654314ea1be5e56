// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it } from 'vitest'
import { useAdaptedPair } from '@/modules/adapt/adaptedPair'
import { useAdaptStore } from '@/modules/adapt/adaptStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSessionStore } from '@/stores/sessionStore'
import { engine, settle } from '../engine'
import { dataset, model } from '../probes/fixture'

beforeEach(() => {
  setActivePinia(createPinia())
  engine.answers = { 'model.open': ({ path }) => ({ ...model, id: 'adapted', path }) }
  Object.assign(useSessionStore(), { model, dataset })
})

it('opens the adapted model beside its base, and compares heads when they are looked at', async () => {
  const pair = useAdaptedPair()
  await settle()
  Object.assign(useAdaptStore(), { result: { checkpoint: '/models/adapted', movement: [] } })
  expect(pair.pair).toBeNull()
  await pair.open()
  expect(pair.pair).toMatchObject({ base: { id: model.id }, adapted: { id: 'adapted' } })
  // The window stays with the base.
  expect(useSessionStore().model?.id).toBe(model.id)
  expect(engine.inputs('compare.adapted')).toHaveLength(0)
  await pair.showSentence()
  await settle()
  expect(pair.ofSentence).toBe(true)
  expect(engine.inputs('compare.adapted')).toMatchObject([
    { modelA: model.id, modelB: 'adapted', datasetId: dataset.id, split: 'test', maxWords: 1000, draw: 1 }
  ])
})

it('says why the adapted model could not be opened', async () => {
  engine.answers['model.open'] = () => {
    throw new Error('There is no folder /models/adapted.')
  }
  const pair = useAdaptedPair()
  await settle()
  Object.assign(useAdaptStore(), { result: { checkpoint: '/models/adapted', movement: [] } })
  await pair.open()
  expect(pair.pair).toBeNull()
  expect(pair.opening).toBe(false)
  expect(useNoticeStore().notices.at(-1)).toMatchObject({ title: 'The adapted model could not be opened' })
})
