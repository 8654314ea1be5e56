import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultAdaptation } from '@shared/adaptMethods'
import type { FinetuneResult } from '@shared/finetune'
import { finetuneOptions } from '@shared/finetuneRequests'
import { JobCancelled, silentJob } from '@shared/jobs'
import type { ModelInfo } from '@shared/model'
import { finetuneKind } from '../../../src/main/engine/results/kinds/finetune'
import { gradientsOf } from '../../../src/main/engine/training/gradients'
import { fixedPart, objectiveLoss, type ObjectiveContext } from '../../../src/main/engine/training/objectives'
import type { Objective } from '../../../src/main/engine/training/recipe'
import { openHead, openOwnHead, type OwnHead } from '../../../src/main/engine/training/saved/ownHead'
import { FeatureTable } from '../../../src/main/engine/training/task/featureTable'
import { TrainableTransformer } from '../../../src/main/engine/training/trainableTransformer'
import { cancelledAfter, numbers, openFinetuning, type FinetuneCall, type Finetuning } from './finetuning'

let finetuning: Finetuning
let services: Finetuning['services']
let teacher: ModelInfo
let taught: FinetuneResult

beforeAll(async () => {
  finetuning = await openFinetuning()
  ;({ services } = finetuning)
  taught = await finetuning.run({ learningRate: 1e-3, epochs: 4, maxTrain: 24, save: true })
  teacher = await services.models.open(taught.checkpoint!, silentJob())
}, 120_000)
afterAll(() => finetuning.dispose())

const method = defaultAdaptation('distillation')
const run = (change: Partial<FinetuneCall> = {}, job = silentJob()): Promise<FinetuneResult> =>
  finetuning.run({ modelId: teacher.id, method, ...change }, job)

interface Losses {
  states: number[]
  weight: number[]
  bias: number[]
  teacher: number[]
  sentences: number[]
  words: number[]
  values: number[]
  cases: {
    name: 'sentences' | 'words' | 'values'
    soft: number
    hard: number
    temperature: number
    distance: 'divergence' | 'squared'
    loss: number
    weight: number[]
    bias: number[]
    classWeights?: number[]
  }[]
}
const losses = JSON.parse(readFileSync('test/fixtures/training/losses/distillation.json', 'utf8')) as Losses

test.each(losses.cases)('the loss of $name by $distance and its gradient are those of PyTorch', (expected) => {
  const [rows, width] = [6, 4]
  const classes = expected.name === 'values' ? 1 : 3
  const model = new FeatureTable([Float32Array.from(losses.states)], width)
  const parameters = [
    model.parameters.add('heads.task.weight', tf.tensor(losses.weight.slice(0, classes * width), [classes, width])),
    model.parameters.add('heads.task.bias', tf.tensor(losses.bias.slice(0, classes)))
  ]
  const head = { head: 'linear' as const, hidden_state: 'last' as const, classes }
  const weights = expected.classWeights && { class_weights: expected.classWeights }
  const task: Objective = {
    sentences: { kind: 'sentence classification' as const, pooling: 'first token' as const, ...head, ...weights },
    words: { kind: 'word tagging' as const, ...head },
    values: { kind: 'sentence regression' as const, pooling: 'first token' as const, ...head }
  }[expected.name]
  const labels = losses[expected.name]
  const given = tf.tidy(() => {
    const all = tf.slice(tf.tensor2d(losses.teacher, [rows, 3]), [0, 0], [rows, classes])
    const labelled = labels.flatMap((label, row) => (label === -100 ? [] : [row]))
    return tf.gather(all, tf.tensor1d(labelled, 'int32'))
  })
  const context: ObjectiveContext = {
    model,
    objectives: {
      task,
      distillation: {
        kind: 'distillation',
        student: 'task',
        temperature: expected.temperature,
        soft_weight: expected.soft,
        hard_weight: expected.hard,
        distance: expected.distance
      }
    },
    batch: {
      tokens: {
        lengths: new Array(rows).fill(1),
        ids: Int32Array.from({ length: rows }, (_, i) => i),
        mask: null,
        segments: null
      },
      perturbed: null,
      sequences: rows,
      length: 1,
      lengths: new Array(rows).fill(1),
      labels: { task: labels }
    },
    teach: () => tf.clone(given)
  }
  const fixed = fixedPart('distillation', context)
  const variables = new Map(parameters.map((parameter, i) => [['weight', 'bias'][i]!, parameter]))
  const { value, gradients } = gradientsOf(() => objectiveLoss('distillation', context, fixed), variables)
  expect(value.dataSync()[0]).toBeCloseTo(expected.loss, 5)
  for (const part of ['weight', 'bias'] as const)
    gradients[part]!.dataSync().forEach((number, i) => expect(number).toBeCloseTo(expected[part][i]!, 5))
  tf.dispose([value, fixed!.target, given, ...Object.values(gradients)])
  model.dispose()
})

test('a student of some blocks computes what these blocks compute', async () => {
  const whole = await TrainableTransformer.open(teacher.path)
  const half = await TrainableTransformer.open(teacher.path, null, 'kernels', [0, 2])
  expect([half.config.layers, half.hasHead]).toEqual([2, true])
  const names = (model: TrainableTransformer, block: number): string[] =>
    model.parameters.names.filter((name) => name.includes(`h.${block}.`))
  expect(names(half, 1)).toHaveLength(names(whole, 2).length)
  for (const name of names(half, 1))
    expect(half.parameters.get(name).dataSync()).toEqual(whole.parameters.get(name.replace('h.1.', 'h.2.')).dataSync())
  const ids = Int32Array.of(5, 9, 2)
  const [all, some] = [whole, half].map((model) =>
    tf.tidy(() => model.run({ lengths: [3], ids, mask: null, segments: null }).hiddenStates.map((x) => x.dataSync()))
  )
  expect(some).toHaveLength(3)
  expect(some![1]).toEqual(all![1])
  whole.dispose()
  half.dispose()
})

describe('a student', { timeout: 300_000 }, () => {
  test('learns from the teacher, is stored, and opens with its head and lineage', async () => {
    const before = tf.memory().numTensors
    const result = await run({ epochs: 4, learningRate: 1e-3, maxTest: 12, save: true })
    expect(tf.memory().numTensors).toBe(before)
    const all = result.steps.map(({ loss }) => loss)
    expect(all.at(-1)).toBeLessThan(0.8 * all[0]!)
    expect(result.student).toMatchObject({ layers: 2 })
    expect(result.model).toMatchObject({ id: teacher.id, layers: 2 })
    expect(result.movement).toHaveLength(4)
    expect(finetuneKind.methods(result, services.results.listed(result.id))).toContain(
      'It is a student of 2 of its blocks, one of every 2'
    )
    const student = await services.models.open(result.checkpoint!, silentJob())
    expect(student).toMatchObject({ layers: 2, family: 'gpt2', head: true })
    expect(student.lineage).toMatchObject({ base: { id: teacher.id }, teacher: { id: teacher.id } })
    expect(JSON.parse(readFileSync(join(result.checkpoint!, 'config.json'), 'utf8'))).toMatchObject({ n_layer: 2 })
    const { predictions } = result
    const head = openOwnHead(result.checkpoint!)!
    const sentences = services.datasets.text(finetuning.request.datasetId, 'test').sentences
    const { sentence } = predictions[0]!
    await services.models.use(student.id, async (model) => {
      const tokenizer = model.needTokenizer()
      await tokenizer.prepare(new Set(sentences[sentence]!))
      const { ids, wordOfToken } = tokenizer.encode(sentences[sentence]!)
      const scores = head.scores(model, { lengths: [ids.length], ids, mask: null, segments: null })
      for (const { word, predicted } of predictions.filter((each) => each.sentence === sentence)) {
        const at = wordOfToken.lastIndexOf(word!) * head.outputs
        const row = scores.subarray(at, at + head.outputs)
        expect(row.indexOf(Math.max(...row))).toBe(predicted)
      }
    })
    head.dispose()
  })

  test('of all blocks, taught by nothing but labels, is the model trained further', async () => {
    const labels = await run({ method: { ...method, every: 1, soft: 0, hard: 1 } })
    const full = await run({ method: defaultAdaptation('full'), learningRate: labels.settings.learningRate })
    expect(numbers(labels)).toEqual(numbers(full))
    const soft = await run({ method: { ...method, every: 1, soft: 1, hard: 0 } })
    expect(soft.steps[0]!.loss).not.toBe(full.steps[0]!.loss)
  })

  test('that was killed ends as an undisturbed one', async () => {
    const change = { seed: 5 }
    await expect(run(change, cancelledAfter(5))).rejects.toThrow(JobCancelled)
    expect(numbers(await run(change))).toEqual(numbers(await run({ ...change, fresh: true })))
  })

  test('may be another model with another tokenizer', async () => {
    const other = await services.models.open('resources/models/all-MiniLM-L6-v2', silentJob())
    const result = await run({ student: { modelId: other.id }, epochs: 1, maxTrain: 4, maxTest: 1 })
    expect(result.model).toMatchObject({ id: teacher.id, layers: 6 })
    expect(result.student).toMatchObject({ name: 'all-MiniLM-L6-v2', layers: 6 })
    expect(result.steps.every(({ loss }) => Number.isFinite(loss))).toBe(true)
  })

  test('has a cost that says its updates and its size', async () => {
    const request = v.parse(finetuneOptions, { ...finetuning.request, modelId: teacher.id, method })
    const [cost, result] = [await services.finetunes.estimate(request), await run()]
    expect(cost.steps).toBe(result.steps.length)
    // The file of the teacher has its head as well.
    expect(cost.parameters).toBe(result.student!.parameters + 193 * taught.classes.length)
    expect(cost.parameters).toBeLessThan(taught.parameters)
  })
})

test("the head of transformers' class is that of the folder without a record", () => {
  const copy = join(finetuning.folder, 'without-record')
  cpSync(taught.checkpoint!, copy, { recursive: true })
  rmSync(join(copy, 'layerscope.json'))
  const [known, found] = [openOwnHead(taught.checkpoint!)!, openHead(copy)!]
  expect(openOwnHead(copy)).toBeNull()
  expect([found.task, found.labels, found.outputs]).toEqual([known.task, known.labels, known.outputs])
  const states = tf.randomNormal([5, 192], 0, 1, 'float32', 1) as tf.Tensor2D
  const batch = {
    tokens: { lengths: [5], ids: new Int32Array(5), mask: null, segments: null },
    sequences: 1,
    length: 5,
    lengths: [5]
  }
  const read = (head: OwnHead): Float32Array =>
    tf.tidy(() => head.read({ hiddenStates: [states] }, batch).dataSync<'float32'>())
  expect(read(found)).toEqual(read(known))
  states.dispose()
  known.dispose()
  found.dispose()
})

describe('refused in a sentence:', () => {
  test.each<[string, Partial<FinetuneCall>, string]>([
    ['a teacher without a head', { modelId: 'base' }, 'gpt2-ud-tiny has no head for a task, so it cannot teach one.'],
    ['another task than the teacher knows', { task: 'sentence.length' }, 'was trained for words'],
    ['classes that the teacher does not know', { task: 'deprel.universal' }, 'does not know the class'],
    [
      'a student of what has none',
      { method: defaultAdaptation('full'), student: { modelId: 'base' } },
      'has no student'
    ],
    ['self-training', { selfTraining: { split: 'test' } }, 'In distillation the model teaches another one']
  ])('%s', async (_, change, sentence) => {
    const { modelId: base } = finetuning.request
    await expect(run({ ...change, ...(change.modelId && { modelId: base }) })).rejects.toThrow(sentence)
  })
})
