// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it } from 'vitest'
import type { FinetuneEstimate } from '@shared/finetune'
import type { PretrainEstimate } from '@shared/pretrain'
import { useAdaptPretrain } from '@/modules/adapt/adaptPretrain'
import { useAdaptStore } from '@/modules/adapt/adaptStore'
import { useAdaptStudent } from '@/modules/adapt/adaptStudent'
import { useSessionStore } from '@/stores/sessionStore'
import { engine, settle } from '../engine'
import { dataset, model } from '../probes/fixture'

const cost: PretrainEstimate = {
  seconds: 12,
  memoryBytes: 1,
  diskBytes: 1,
  parameters: 2,
  steps: 8,
  sentences: 4,
  tokens: 9
}
const finetuneCost: FinetuneEstimate = {
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

beforeEach(() => {
  setActivePinia(createPinia())
  engine.answers = {
    'finetune.estimate': () => finetuneCost,
    'pretrain.estimate': () => cost,
    'model.open': ({ path }) => ({ ...model, id: `id of ${path}`, path })
  }
  Object.assign(useSessionStore(), { model, dataset })
})

it('the cost of a new model is asked for once its form is open, with its shape', async () => {
  const pretraining = useAdaptPretrain()
  await settle()
  expect(engine.inputs('pretrain.estimate')).toEqual([])
  pretraining.open = true
  await settle()
  expect(pretraining.cost).toEqual(cost)
  pretraining.family = 'llama'
  pretraining.texts = { ...pretraining.texts, width: '64', heads: '8' }
  await settle()
  expect(engine.inputs('pretrain.estimate').at(-1)).toEqual({
    modelId: model.id,
    datasetId: dataset.id,
    split: dataset.suggested.train,
    family: 'llama',
    width: 64,
    heads: 8,
    seed: 1
  })
})

it('a shape that cannot be asks for nothing, and says why', async () => {
  const pretraining = useAdaptPretrain()
  pretraining.open = true
  pretraining.texts = { ...pretraining.texts, heads: '3' }
  await settle()
  expect(pretraining.request.problem).toBe('A width of 128 cannot be shared evenly by 3 heads.')
  pretraining.texts = { ...pretraining.texts, heads: 'some' }
  await settle()
  expect(pretraining.request.problem).toBe('Heads has to be a whole number from 1 to 256.')
  expect(engine.inputs('pretrain.estimate')).toEqual([])
})

it('a chosen student is part of the request, as word vectors are of a BiLSTM; another method has none', async () => {
  const adapt = useAdaptStore()
  const student = useAdaptStudent()
  adapt.choose('distillation')
  await student.choose('/models/small')
  expect(adapt.request.options).toMatchObject({ student: { modelId: 'id of /models/small' } })
  adapt.choose('bilstm')
  expect(adapt.request.options).not.toHaveProperty('student')
  await student.choose('/models/words.vec')
  expect(adapt.request.options).toMatchObject({ vectors: { modelId: 'id of /models/words.vec' } })
  adapt.choose('full')
  expect(adapt.request.options).not.toHaveProperty('vectors')
  await settle()
})
