import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CallInput } from '@shared/contract'
import { JobCancelled, silentJob } from '@shared/jobs'
import { pretrainFamilyNames, pretrainOptions, type PretrainResult } from '@shared/pretrain'
import { pretrainKind } from '../../../src/main/engine/results/kinds/pretrain'
import { causalSequence } from '../../../src/main/engine/training/task/languageModel'
import { measureHeldOut } from '../../../src/main/engine/training/task/pretrain'
import { languageObjective } from '../../../src/main/engine/training/task/input'
import { TrainableTransformer } from '../../../src/main/engine/training/trainableTransformer'
import { cancelledAfter, openFinetuning, type Finetuning } from './finetuning'

type PretrainCall = CallInput<'pretrain.run'>

let finetuning: Finetuning
let services: Finetuning['services']
let bert: string
let request: PretrainCall

beforeAll(async () => {
  finetuning = await openFinetuning()
  ;({ services } = finetuning)
  bert = (await services.models.open('resources/models/all-MiniLM-L6-v2', silentJob())).id
  request = {
    modelId: finetuning.request.modelId,
    datasetId: finetuning.request.datasetId,
    split: 'train',
    maxTrain: 12,
    family: 'gpt2',
    layers: 2,
    width: 16,
    heads: 2,
    window: 24,
    epochs: 2,
    batch: 4,
    save: false,
    seed: 1
  }
}, 120_000)
afterAll(() => finetuning.dispose())

const run = (change: Partial<PretrainCall> = {}, job = silentJob()): Promise<PretrainResult> =>
  services.runs.run('pretrain', { ...request, ...change }, job)
const numbers = ({ steps, epochs, parameters }: PretrainResult): Partial<PretrainResult> => ({
  steps,
  epochs,
  parameters
})

describe('a new model', { timeout: 300_000 }, () => {
  test.each(pretrainFamilyNames)(
    'of the family %s begins at chance, opens, and computes what it learned',
    async (family) => {
      const modelId = family === 'bert' ? bert : request.modelId
      const before = tf.memory().numTensors
      const result = await run({ family, modelId, learningRate: 1e-2, save: true })
      expect(tf.memory().numTensors).toBe(before)
      // Weights near 0 predict all tokens alike.
      expect(result.epochs[0]!.heldOutLoss).toBeCloseTo(Math.log(result.shape.vocabulary), 0)
      expect(result.epochs.at(-1)!.heldOutLoss).toBeLessThan(result.epochs[0]!.heldOutLoss)
      expect(result.epochs.length).toBeGreaterThan(5)
      const opened = await services.models.open(result.checkpoint!, silentJob())
      expect(opened).toMatchObject({ layers: 2, width: 16, heads: 2, head: true, parameters: result.parameters })
      expect(opened.lineage).toMatchObject({ base: { name: 'random weights of seed 1' }, step: result.steps.length })
      expect(existsSync(join(result.checkpoint!, 'tokenizer.json'))).toBe(true)
      expect(pretrainKind.methods(result as never, services.results.listed((result as { id?: string }).id!))).toContain(
        'was trained from random weights'
      )
    }
  )

  test('that is stored has the loss that was measured last', async () => {
    // The held-out text is a file of its own, so that it can be read here once more.
    const path = join(finetuning.folder, 'lines.conllu')
    const sentences = readFileSync('test/fixtures/datasets/pud/en_pud.conllu', 'utf8').trim().split(/\n\n+/)
    const held = join(finetuning.folder, 'held.conllu')
    writeFileSync(
      path,
      sentences
        .slice(0, 10)
        .map((one) => `${one}\n\n`)
        .join('')
    )
    writeFileSync(
      held,
      sentences
        .slice(10, 14)
        .map((one) => `${one}\n\n`)
        .join('')
    )
    const data = await services.datasets.open({ paths: [path, held], splitNames: ['train', 'dev'] })
    const result = await run({ datasetId: data.id, heldOutSplit: 'dev', window: 200, maxTrain: null, save: true })
    const model = await TrainableTransformer.open(result.checkpoint!)
    const opened = await services.models.open(result.checkpoint!, silentJob())
    const tokens = await services.models.use(opened.id, async (loaded) => {
      const tokenizer = loaded.needTokenizer()
      const text = services.datasets.text(data.id, 'dev').sentences
      await tokenizer.prepare(new Set(text.flat()))
      return text.map((words) => tokenizer.encode(words).ids)
    })
    const { heldOutLoss } = await measureHeldOut(
      {
        model,
        objectives: { [languageObjective]: { kind: 'language model' } },
        batches: [],
        teach: null,
        fisher: () => tf.scalar(0)
      },
      tokens.map(causalSequence),
      silentJob()
    )
    expect(heldOutLoss).toBeCloseTo(result.epochs.at(-1)!.heldOutLoss, 5)
    model.dispose()
  })

  test('learns a text by heart', async () => {
    const path = join(finetuning.folder, 'one.txt')
    writeFileSync(path, 'The cat sat on the mat, and slept.\n'.repeat(20))
    const choice = { format: 'text' }
    const data = await services.datasets.open({ paths: [path], splitNames: ['train'], choice })
    expect([data.labelLayers, data.splits[0]!.sentences]).toEqual([[], 20])
    const { epochs } = await run({ datasetId: data.id, epochs: 30, learningRate: 1e-2, width: 32 })
    expect(epochs.at(-1)!.heldOutLoss).toBeLessThan(0.05)
    expect(epochs.at(-1)!.heldOutScore).toBe(1)
  })

  test.each(['gpt2', 'bert'] as const)(
    'of the family %s that was killed ends as an undisturbed one',
    async (family) => {
      const change = { family, modelId: family === 'bert' ? bert : request.modelId, dropout: 0.1, seed: 7 }
      await expect(run(change, cancelledAfter(4))).rejects.toThrow(JobCancelled)
      const states = join(finetuning.folder, 'cache', 'training')
      expect(readdirSync(states)).toHaveLength(1)
      const resumed = await run(change)
      expect(readdirSync(states)).toEqual([])
      expect(numbers(resumed)).toEqual(numbers(await run({ ...change, fresh: true })))
    }
  )
})

test('what it takes is said before', async () => {
  const cost = await services.pretraining.estimate(v.parse(pretrainOptions, request))
  const result = await run()
  expect([cost.steps, cost.parameters, cost.tokens]).toEqual([result.steps.length, result.parameters, result.tokens])
})

describe('refused in a sentence:', () => {
  test.each<[string, Partial<PretrainCall>, string]>([
    ['a tokenizer without a mask', { family: 'bert' }, 'has no mask token, which BERT learns from'],
    ['heads that cannot share the width', { heads: 3 }, 'a width that its heads can share evenly'],
    ['a loss watched on the text itself', { heldOutSplit: 'train' }, 'so the loss cannot be watched on it']
  ])('%s', async (_, change, sentence) => {
    await expect(run(change)).rejects.toThrow(sentence)
  })
})
