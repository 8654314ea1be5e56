import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultAdaptation } from '@shared/adaptMethods'
import { finetunePresets } from '@shared/finetunePresets'
import { finetuneOptions } from '@shared/finetuneRequests'
import type { FinetuneResult } from '@shared/finetune'
import { JobCancelled, silentJob } from '@shared/jobs'
import type { ModelInfo } from '@shared/model'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import { finetuneKind } from '../../../src/main/engine/results/kinds/finetune'
import type { Stage } from '../../../src/main/engine/training/recipe'
import { writeBilstm } from '../../../src/main/engine/training/saved/writeBilstm'
import { batchOf } from '../../../src/main/engine/training/task/batches'
import { trainStage, type TrainingRun } from '../../../src/main/engine/training/train'
import { TrainableBilstm } from '../../../src/main/engine/training/trainableBilstm'
import { cancelledAfter, numbers, openFinetuning, type FinetuneCall, type Finetuning } from './finetuning'

let finetuning: Finetuning
let services: Finetuning['services']
let teacher: ModelInfo

beforeAll(async () => {
  finetuning = await openFinetuning()
  ;({ services } = finetuning)
  const taught = await finetuning.run({ task: 'sentence.length', learningRate: 1e-3, maxTrain: 24, save: true })
  teacher = await services.models.open(taught.checkpoint!, silentJob())
}, 120_000)
afterAll(() => finetuning.dispose())

interface Values {
  [name: string]: { shape: number[]; data: number[] }
}
const expected = JSON.parse(readFileSync('test/fixtures/training/losses/bilstm.json', 'utf8')) as {
  soft: number
  hard: number
  rate: number
  batches: { ids: number[][]; labels: number[]; teacher: number[][] }[]
  initial: Values
  states: number[]
  losses: number[]
  final: Values
}

/** Names in training of PyTorch's tensors. */
const inTraining = (name: string): string =>
  name.replace(/^dense\./, 'heads.task.dense.').replace(/^out\./, 'heads.task.')

function pytorchStudent(): TrainableBilstm {
  return new TrainableBilstm(
    Object.fromEntries(
      Object.entries(expected.initial).map(([name, { shape, data }]) => [
        inTraining(name),
        { shape, data: Float32Array.from(data) }
      ])
    )
  )
}

test('hidden states, losses and trained weights are those of PyTorch', () => {
  const model = pytorchStudent()
  const ids = Int32Array.from(expected.batches[0]!.ids[0]!)
  const states = tf.tidy(() =>
    model.run({ lengths: [5], ids, mask: null, segments: null }).hiddenStates[1]!.dataSync<'float32'>()
  )
  states.forEach((value, i) => expect(value).toBeCloseTo(expected.states[i]!, 5))
  const batches = expected.batches.map(({ ids, labels, teacher: scores }) =>
    batchOf(
      ids.map((row, i) => ({ ids: row, labels: [labels[i]!], taught: Float32Array.from(scores[i]!) })),
      'task',
      false
    )
  )
  const run: TrainingRun = {
    model,
    objectives: {
      task: {
        kind: 'sentence classification',
        pooling: 'both ends',
        head: 'dense, relu, linear',
        hidden_state: 'last',
        classes: 2
      },
      distillation: {
        kind: 'distillation',
        student: 'task',
        temperature: 1,
        soft_weight: expected.soft,
        hard_weight: expected.hard,
        distance: 'squared'
      }
    },
    batches,
    teach: ({ taught }) => tf.tensor2d(taught!, [taught!.length / 2, 2]),
    fisher: () => tf.scalar(0)
  }
  const steps = expected.losses.length
  const stage: Stage = {
    name: 'student',
    optimizer: { kind: 'Adadelta', rho: 0.95, epsilon: 1e-6 },
    schedule: { kind: 'constant' },
    clip_norm: null,
    groups: [
      {
        name: 'all',
        parameters: model.parameters.names,
        learning_rate: expected.rate,
        weight_decay: 0,
        trains: [[0, steps]]
      }
    ],
    steps: expected.losses.map((_, i) => [{ objective: 'distillation', batch: i % 2, weight: 1 }]),
    fresh_optimizer_at: []
  }
  const reports = [...trainStage(run, stage)]
  reports.forEach(({ loss }, i) => expect(loss).toBeCloseTo(expected.losses[i]!, 5))
  for (const [name, { data }] of Object.entries(expected.final))
    model.parameters
      .get(inTraining(name))
      .dataSync()
      .forEach((value, i) => expect(value).toBeCloseTo(data[i]!, 4))
  model.dispose()
})

test('the folder opens as a recurrent model with the same states, and its tensors have the names of PyTorch', async () => {
  const model = pytorchStudent()
  const folder = join(finetuning.folder, 'written')
  const words = ['the', 'cat', 'sat', 'on', 'a', 'mat']
  writeBilstm(model.parameters, {
    folder,
    words,
    head: 'task',
    task: 'sequence',
    labels: ['no', 'yes'],
    lineage: { base: { name: 'words' }, teacher: { name: 'teacher' }, seed: 1, step: 8 }
  })
  model.dispose()
  const opened = await loadModel(folder)
  expect(opened.info).toMatchObject({ kind: 'recurrent', family: 'bilstm', layers: 1, width: 6 })
  expect(opened.info.lineage).toMatchObject({ base: { name: 'words' }, teacher: { name: 'teacher' }, step: 8 })
  const { ids } = opened.needTokenizer().encode(words.slice(0, 5))
  expect([...ids]).toEqual([0, 1, 2, 3, 4])
  expect([...opened.needTokenizer().encode(['dog']).ids]).toEqual([6])
  const { hiddenStates } = opened.run(
    { lengths: [5], ids, mask: null, segments: null },
    { hiddenStates: true, attentions: false }
  )
  hiddenStates[1]!.dataSync().forEach((value, i) => expect(value).toBeCloseTo(expected.states[i]!, 5))
  tf.dispose(hiddenStates)
  opened.dispose()
})

const run = (change: Partial<FinetuneCall> = {}, job = silentJob()): Promise<FinetuneResult> =>
  finetuning.run(
    {
      modelId: teacher.id,
      task: 'sentence.length',
      method: { kind: 'bilstm', hidden: 8, dense: 6, width: 10 },
      ...change
    },
    job
  )

describe('a BiLSTM', { timeout: 300_000 }, () => {
  test('learns from the teacher, with word vectors, and opens with its lineage', async () => {
    const vectors = await services.models.open('resources/models/word2vec-ud/word2vec-ud.vec.gz', silentJob())
    const before = tf.memory().numTensors
    const result = await run({ vectors: { modelId: vectors.id }, epochs: 10, save: true, headLearningRate: 1e-2 })
    expect(tf.memory().numTensors).toBe(before)
    const all = result.steps.map(({ loss }) => loss)
    expect(all.at(-1)).toBeLessThan(0.7 * all[0]!)
    expect(result.model).toMatchObject({ id: teacher.id, layers: 1 })
    expect(result.student).toMatchObject({ name: 'BiLSTM', parameters: result.trained })
    expect(finetuneKind.methods(result, services.results.listed(result.id))).toContain(
      'its embeddings began with word vectors'
    )
    const student = await services.models.open(result.checkpoint!, silentJob())
    expect(student).toMatchObject({ kind: 'recurrent', layers: 1, lineage: { base: { id: vectors.id } } })
    expect(student.lineage!.teacher).toMatchObject({ id: teacher.id })
    expect(existsSync(join(result.checkpoint!, 'vocab.txt'))).toBe(true)
  })

  test('that was killed ends as an undisturbed one, for words too', async () => {
    const upos = await finetuning.run({ epochs: 1, save: true })
    const words = await services.models.open(upos.checkpoint!, silentJob())
    const change = { modelId: words.id, task: 'upos', seed: 3 }
    await expect(run(change, cancelledAfter(4))).rejects.toThrow(JobCancelled)
    expect(numbers(await run(change))).toEqual(numbers(await run({ ...change, fresh: true })))
  })

  test('has a cost that says its updates and its size', async () => {
    const method = { kind: 'bilstm' as const, hidden: 8, dense: 6, width: 10 }
    const request = v.parse(finetuneOptions, {
      ...finetuning.request,
      modelId: teacher.id,
      task: 'sentence.length',
      method
    })
    const [cost, result] = [await services.finetunes.estimate(request), await run()]
    expect([cost.steps, cost.trained]).toEqual([result.steps.length, result.trained])
  })

  test('of Tang et al. has their optimiser and loss', () => {
    const { options } = finetunePresets.tang2019
    expect(options.optimizer).toBe('Adadelta')
    expect(options.method).toMatchObject({ kind: 'bilstm', hidden: 150, dense: 200, soft: 1, hard: 0 })
  })
})

describe('refused in a sentence:', () => {
  test.each<[string, Partial<FinetuneCall>, string]>([
    ['vectors that are none', { vectors: { modelId: 'teacher' } }, 'is not a file of word vectors'],
    [
      'vectors of another method',
      { method: defaultAdaptation('features'), vectors: { modelId: 'teacher' } },
      'Feature extraction reads no word vectors'
    ],
    ['another head', { head: 'linear' }, 'A BiLSTM has a head of its own'],
    ['a schedule of layers', { layerSchedule: [{ layer: 1 }] }, 'leaves the model as it is, so its layers have no'],
    ['the language model before', { before: { kind: 'language model' } }, 'so nothing can be trained before it']
  ])('%s', async (_, change, sentence) => {
    const vectors = change.vectors && { vectors: { modelId: teacher.id } }
    await expect(run({ ...change, ...vectors })).rejects.toThrow(sentence)
  })
})
