import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultAdaptation } from '@shared/adaptMethods'
import type { FinetuneResult } from '@shared/finetune'
import { finetuneOptions } from '@shared/finetuneRequests'
import { JobCancelled, silentJob } from '@shared/jobs'
import { openWeights } from '../../../src/main/engine/checkpoints/weightsFile'
import { openOwnHead } from '../../../src/main/engine/training/saved/ownHead'
import { cancelledAfter, numbers, openFinetuning, type FinetuneCall, type Finetuning } from './finetuning'

let folder: string
let services: Finetuning['services']
let request: FinetuneCall
let run: Finetuning['run']
let dispose: Finetuning['dispose']

beforeAll(async () => {
  ;({ folder, services, request, run, dispose } = await openFinetuning())
})
afterAll(() => dispose())

/** Where a test says by how much. */
const more = { maxTrain: 24, batch: 8 }

describe('a run', { timeout: 300_000 }, () => {
  test('learns, says how, and leaks no tensor', async () => {
    const before = tf.memory().numTensors
    const result = await run({ ...more, learningRate: 1e-3, epochs: 4 })
    expect(tf.memory().numTensors).toBe(before)
    const losses = result.steps.map(({ loss }) => loss)
    expect(losses.at(-1)).toBeLessThan(0.8 * losses[0]!)
    expect(result.epochs.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4])
    expect(result.keptEpoch).toBe(4)
    expect(result.predictions).toHaveLength(result.testItems)
    const right = result.predictions.filter(({ gold, predicted }) => gold === predicted).length
    expect(result.score).toBe(right / result.testItems)
    expect(result.interval![0]).toBeLessThanOrEqual(result.score)
    expect(result.trained).toBeLessThanOrEqual(result.parameters)
    // Each layer's gradients make up the norm of all.
    const [step] = result.steps
    expect(Math.hypot(...step!.layerNorms)).toBeCloseTo(step!.gradientNorm, 4)
    expect(result.movement.slice(1, -1).every(({ weights }) => weights > 0)).toBe(true)
    expect(result.epochs.every(({ languageModelLoss }) => languageModelLoss! > 0)).toBe(true)
  })

  test('of features is tested on the words that the others are tested on', async () => {
    const [features, full] = [await run({ method: defaultAdaptation('features') }), await run({ epochs: 1 })]
    const places = ({ predictions }: FinetuneResult) =>
      predictions.map(({ sentence, word, gold }) => [sentence, word, gold])
    expect(places(features)).toEqual(places(full))
    expect(features.heldOutItems).toBe(full.heldOutItems)
  })

  test('gives the same bits again, and others with another seed', async () => {
    const first = await run({ fresh: true })
    expect(numbers(await run({ fresh: true }))).toEqual(numbers(first))
    expect(numbers(await run({ seed: 2 })).steps).not.toEqual(first.steps)
  })

  test.each(['l2sp', 'ewc', 'mixout'] as const)('under %s that was killed ends as an undisturbed one', async (near) => {
    const change = { near: { kind: near }, seed: 21, epochs: 2 }
    await expect(run(change, cancelledAfter(5))).rejects.toThrow(JobCancelled)
    expect(numbers(await run(change))).toEqual(numbers(await run({ ...change, fresh: true })))
  })

  test('under mixout is another one from the first update on', async () => {
    const [plain, mixed] = await Promise.all(
      (['none', 'mixout'] as const).map((kind) => run({ epochs: 1, near: { kind } }))
    )
    // The weights are the pretrained ones, so the loss is the same; a share of their gradients is 0.
    expect(mixed!.steps[0]!.loss).toBeCloseTo(plain!.steps[0]!.loss, 5)
    expect(mixed!.steps[0]!.gradientNorm).not.toBeCloseTo(plain!.steps[0]!.gradientNorm, 1)
  })

  test('under EWC forgets less', async () => {
    const forgotten = async (change: Partial<FinetuneCall>): Promise<number> => {
      const { epochs } = await run({ ...more, learningRate: 1e-3, epochs: 4, ...change })
      return epochs.at(-1)!.languageModelLoss! - epochs[0]!.languageModelLoss!
    }
    const free = await forgotten({})
    expect(free).toBeGreaterThan(0)
    expect(await forgotten({ near: { kind: 'ewc', lambda: 1000 } })).toBeLessThan(0.8 * free)
  })

  test.each([1, 4])('that was killed after %d updates ends as an undisturbed one', async (updates) => {
    const change = { seed: 11 + updates, patience: 2, epochs: 3 }
    await expect(run(change, cancelledAfter(updates))).rejects.toThrow(JobCancelled)
    const states = join(folder, 'cache', 'training')
    // An epoch is three updates: before its end nothing is saved.
    const saved = existsSync(states) ? readdirSync(states).length : 0
    expect(saved).toBe(updates > 3 ? 1 : 0)
    const resumed = await run(change)
    expect(readdirSync(states)).toEqual([])
    expect(numbers(resumed)).toEqual(numbers(await run({ ...change, fresh: true })))
  })

  test('that stops early keeps the best epoch', async () => {
    const result = await run({
      learningRate: 3e-2,
      headLearningRate: 0.1,
      epochs: 8,
      patience: 1
    })
    const scores = result.epochs.slice(1).map(({ heldOutScore }) => heldOutScore)
    expect(scores[result.keptEpoch - 1]).toBe(Math.max(...scores))
    expect(result.epochs.at(-1)!.epoch - result.keptEpoch).toBeLessThanOrEqual(1)
  })

  test('with frozen blocks leaves them and the embeddings as they are', async () => {
    const { movement } = await run({ method: { kind: 'frozen', blocks: 2 } })
    expect(movement.slice(0, 3).map(({ weights }) => weights)).toEqual([0, 0, 0])
    expect(movement.slice(0, 3).map(({ cosine }) => Math.round(cosine! * 1e6) / 1e6)).toEqual([1, 1, 1])
    expect(movement[3]!.weights).toBeGreaterThan(0)
  })

  test('with a schedule of layers trains them in their epochs, at their rates', async () => {
    const layerSchedule = [
      { layer: 0, from: 0, to: 0 },
      { layer: 1, from: 1, rate: 1e-5 },
      { layer: 2, from: 0, to: 1 }
    ]
    const change = { layerSchedule }
    const { steps, movement } = await run(change)
    const trains = steps.map(({ layerNorms }) => layerNorms.slice(0, 3).map((norm) => norm > 0))
    expect(trains.slice(0, 3)).toEqual(Array(3).fill([false, false, true]))
    expect(trains.slice(3)).toEqual(Array(3).fill([false, true, false]))
    expect(movement[0]!.weights).toBe(0)
    expect(movement[1]!.weights).toBeLessThan(movement[2]!.weights / 3)
    const { strip } = await services.finetunes.estimate(v.parse(finetuneOptions, { ...request, ...change }))
    expect(strip.map(({ rates }) => rates.slice(0, 3))).toEqual([
      [0, 0, 1e-4],
      [0, 1e-5, 0]
    ])
  })

  test('with L2-SP moves less', async () => {
    const moved = async (change: Partial<FinetuneCall>): Promise<number> => {
      const { movement } = await run({
        ...more,
        optimizer: 'SGD',
        learningRate: 0.05,
        epochs: 4,
        ...change
      })
      return Math.max(...movement.map(({ weights }) => weights))
    }
    expect(await moved({ near: { kind: 'l2sp', alpha: 10 } })).toBeLessThan(0.8 * (await moved({})))
  })

  test('with L2-SP trains the head alone in its turn', async () => {
    const { steps } = await run({ method: { kind: 'chainThaw' }, near: { kind: 'l2sp' }, epochs: 1 })
    expect(steps[0]!.layerNorms.slice(0, -1).every((norm) => norm === 0)).toBe(true)
    expect(steps.at(-1)!.layerNorms.every((norm) => norm > 0)).toBe(true)
  })

  test('of the language model before the task lowers its loss', async () => {
    const { epochs } = await run({
      before: { kind: 'language model', epochs: 2, learningRate: 1e-3 },
      epochs: 1
    })
    expect(epochs).toHaveLength(4)
    expect(epochs[2]!.languageModelLoss).toBeLessThan(epochs[0]!.languageModelLoss!)
  })

  test('learns another task first, with a head of its own', async () => {
    const { epochs, steps, trained, parameters } = await run({
      before: { kind: 'task', task: 'deprel.universal', trainSplit: 'train', maxTrain: 8, epochs: 1 },
      epochs: 1
    })
    expect(epochs.map(({ step }) => step)).toEqual([0, 2, 5])
    expect(steps).toHaveLength(5)
    // The first task's head has updates in its own steps alone.
    expect(trained).toBeLessThanOrEqual(parameters)
    const plain = await run({ epochs: 1 })
    expect(epochs.at(-1)!.heldOutLoss).not.toBe(plain.epochs.at(-1)!.heldOutLoss)
  })

  test('from scratch begins with the twin of random weights', async () => {
    const twin = await services.models.open('resources/models/gpt2-ud-tiny', silentJob(), 1)
    const result = await run({ modelId: twin.id })
    expect(result.epochs[0]!.languageModelLoss).toBeGreaterThan(8)
    expect(result.movement[1]!.weights).toBeGreaterThan(0)
  })
})

test('the stored model opens with its lineage, and its head answers as the test did', async () => {
  const result = await run({ method: defaultAdaptation('lora'), maxTest: 12, save: true })
  const adapted = await services.models.open(result.checkpoint!, silentJob())
  expect(adapted.lineage).toMatchObject({ base: { id: request.modelId }, seed: 1, step: result.steps.length })
  // How far a layer moved is the distance of the two files, LoRA merged, relative to the first.
  const [before, after] = ['resources/models/gpt2-ud-tiny', result.checkpoint!].map((path) => openWeights(path, path))
  for (const layer of [1, 3]) {
    let [change, size] = [0, 0]
    for (const name of before!.names().filter((one) => one.includes(`h.${layer - 1}.`))) {
      const [first, last] = [
        before!.read(name),
        after!.read(name.startsWith('transformer.') ? name : `transformer.${name}`)
      ]
      first.forEach((value, i) => {
        change += (last[i]! - value) ** 2
        size += value ** 2
      })
    }
    expect(result.movement[layer]!.weights).toBeCloseTo(Math.sqrt(change / size), 5)
  }
  before!.close()
  after!.close()
  // What it did to heads and neurons.
  const words = { datasetId: request.datasetId, split: 'test', maxWords: 200 }
  const changes = await services.runs.run(
    'adapted',
    { modelA: request.modelId, modelB: adapted.id, ...words },
    silentJob()
  )
  expect(changes.heads.shape).toEqual([4, 4])
  expect(Math.min(...changes.heads.data)).toBeGreaterThan(0)
  expect(Math.max(...changes.heads.data)).toBeLessThan(1)
  expect(changes.neurons).toHaveLength(60)
  expect(changes.neurons[0]!.change).toBeGreaterThan(changes.neurons[59]!.change)
  const other = await services.models.open('resources/models/all-MiniLM-L6-v2', silentJob())
  await expect(
    services.runs.run('adapted', { modelA: request.modelId, modelB: other.id, ...words }, silentJob())
  ).rejects.toThrow('gpt2-ud-tiny and all-MiniLM-L6-v2 have different shapes')
  const head = openOwnHead(result.checkpoint!)!
  expect(head.labels).toEqual(result.classes)
  const sentences = services.datasets.text(request.datasetId, 'test').sentences
  const answered = result.predictions.slice(0, 200)
  await services.models.use(adapted.id, async (model) => {
    const tokenizer = model.needTokenizer()
    const chosen = [...new Set(answered.map(({ sentence }) => sentence))]
    await tokenizer.prepare(new Set(chosen.flatMap((sentence) => sentences[sentence]!)))
    for (const sentence of chosen.slice(0, -1)) {
      const { ids, wordOfToken } = tokenizer.encode(sentences[sentence]!)
      const scores = head.scores(model, { lengths: [ids.length], ids, mask: null, segments: null })
      for (const { word, predicted } of answered.filter((one) => one.sentence === sentence)) {
        const row = scores.subarray(wordOfToken.lastIndexOf(word!) * head.outputs).subarray(0, head.outputs)
        expect(row.indexOf(Math.max(...row))).toBe(predicted)
      }
    }
  })
  head.dispose()
})

test('a model with adapters is trained further, but gets no second set of them', { timeout: 300_000 }, async () => {
  const method = defaultAdaptation('adapters')
  const { checkpoint } = await run({ method, save: true, seed: 3 })
  const adapted = await services.models.open(checkpoint!, silentJob())
  const further = await run({ modelId: adapted.id, method: defaultAdaptation('bitfit') })
  expect(further.epochs[0]!.languageModelLoss).toBeGreaterThan(0)
  await expect(run({ modelId: adapted.id, method })).rejects.toThrow(
    'has adapters already, and a model has one set of them. Train it by another method, or open its base.'
  )
})

describe('what a run takes', () => {
  const estimate = (change: Partial<FinetuneCall>) =>
    services.finetunes.estimate(v.parse(finetuneOptions, { ...request, ...change }))

  test.each<[string, Partial<FinetuneCall>]>([
    ['nothing', {}],
    ['the language model', { before: { kind: 'language model', epochs: 2 } }],
    ['a task', { before: { kind: 'task', task: 'deprel.universal', trainSplit: 'train', maxTrain: 8, epochs: 2 } }]
  ])('counts the updates and weights of %s before it', async (_, change) => {
    const method = defaultAdaptation('bitfit')
    const [cost, { steps, trained }] = [await estimate({ ...change, method }), await run({ ...change, method })]
    expect(cost.steps).toBe(steps.length)
    expect(cost.strip.at(-1)!.to).toBe(steps.length)
    // The head of the task before is the only thing that the cost leaves out.
    expect(Math.abs(cost.trained - trained) / trained).toBeLessThan(0.02)
  })

  test('grows with what is kept near', async () => {
    const [free, near, ewc] = await Promise.all([
      estimate({}),
      estimate({ near: { kind: 'l2sp' } }),
      estimate({ near: { kind: 'ewc' } })
    ])
    expect(near.memoryBytes - free.memoryBytes).toBe(4 * free.trained)
    expect(ewc.memoryBytes - free.memoryBytes).toBe(8 * free.trained)
    expect(ewc.seconds).toBeGreaterThan(free.seconds)
  })
})

describe('refused in a sentence:', () => {
  test.each<[string, Partial<FinetuneCall>, string]>([
    ['a test on what was trained on', { testSplit: 'train' }, "'train' is used both for training and for testing"],
    ['a part that decides and tests', { heldOutSplit: 'test' }, "'test' cannot decide when to stop"],
    ['more frozen blocks than there are', { method: { kind: 'frozen', blocks: 9 } }, '9 blocks cannot be frozen'],
    [
      'something before features',
      { method: defaultAdaptation('features'), before: { kind: 'language model' } },
      'Feature extraction leaves the model as it is, so nothing can be trained before it.'
    ],
    [
      'LoRA kept near what it does not train',
      { method: defaultAdaptation('lora'), near: { kind: 'l2sp' } },
      'This method trains new weights alone, so there is nothing to keep near the pretrained ones.'
    ],
    [
      'a rate that diverges',
      {
        optimizer: 'SGD',
        clip: null,
        learningRate: 10,
        headLearningRate: 10,
        schedule: 'constant',
        epochs: 8
      },
      'Training diverged: the loss of update'
    ]
  ])('%s', async (_, change, sentence) => {
    await expect(run(change)).rejects.toThrow(sentence)
  })
})
