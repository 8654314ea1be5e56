import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultAdaptation } from '@shared/adaptMethods'
import type { FinetuneResult } from '@shared/finetune'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import { finetuneKind } from '../../../src/main/engine/results/kinds/finetune'
import { countItems } from '../../../src/main/engine/tasks/task'
import { findTask } from '../../../src/main/engine/tasks/tasks'
import { WordTokenizer } from '../../../src/main/engine/tokenizers/wordTokenizer'
import { openOwnHead } from '../../../src/main/engine/training/saved/ownHead'
import { examplesOf } from '../../../src/main/engine/training/task/examples'
import { openFinetuning, type FinetuneCall, type Finetuning } from './finetuning'

const model = 'resources/models/gpt2-ud-tiny'
let tuning: Finetuning

beforeAll(async () => {
  tuning = await openFinetuning()
})
afterAll(() => tuning.dispose())

/** Sentences with targets, as edge probing has them. */
async function targets(name: string, targetsOf: () => unknown[], adjective = 'old'): Promise<string> {
  const paths = ['train', 'test'].map((part) => join(tuning.folder, `${name}-${part}.jsonl`))
  for (const [p, path] of paths.entries())
    writeFileSync(
      path,
      Array.from({ length: 24 - 16 * p }, (_, i) =>
        JSON.stringify({ text: `The ${adjective} cat number ${i} slept on the mat`, targets: targetsOf() })
      ).join('\n')
    )
  const { id } = await tuning.services.datasets.open({ paths, splitNames: ['train', 'test'] })
  return id
}

const whole = { task: 'target', maxTrain: null, maxTest: null, epochs: 4, batch: 8, learningRate: 1e-3 } as const
function run(datasetId: string, change: Partial<FinetuneCall> = {}): Promise<FinetuneResult> {
  return tuning.run({ ...whole, datasetId, ...change })
}

/** The classes that the stored model gives for spans of a test sentence, by its own head. */
async function storedAnswers(checkpoint: string, text: string, spans: (readonly number[])[][]): Promise<number[]> {
  const loaded = await loadModel(checkpoint)
  const head = openOwnHead(checkpoint)!
  try {
    const tokenizer = loaded.needTokenizer()
    const words = text.split(' ')
    await tokenizer.prepare(new Set(words))
    const { ids, wordOfToken } = tokenizer.encode(words)
    const rows = ([from, end]: readonly number[]): [number, number] => [
      wordOfToken.findIndex((word) => word >= from!),
      wordOfToken.findLastIndex((word) => word >= 0 && word < end!) + 1
    ]
    const ranges = (half: number): [number, number][] => spans.map((item) => rows(item[half]!))
    const input = { lengths: [ids.length], ids, mask: null, segments: null }
    const scores = head.scores(loaded, input, { first: ranges(0), second: spans[0]![1] ? ranges(1) : null })
    return spans.map((_, i) => {
      const row = scores.slice(i * head.outputs, (i + 1) * head.outputs)
      return row.indexOf(Math.max(...row))
    })
  } finally {
    head.dispose()
    loaded.dispose()
  }
}

test('a model learns labels of spans, is stored with its head and answers the same', { timeout: 300_000 }, async () => {
  const datasetId = await targets('spans', () => [
    { span1: [0, 3], label: 'NP' },
    { span1: [5, 9], label: 'VP' },
    { span1: [6, 9], label: 'PP' }
  ])
  const result = await run(datasetId, { save: true })
  expect(result.score).toBe(1)
  expect(result).toMatchObject({ task: { unit: 'span', item: 'span' }, settings: { pooling: 'mean', head: 'linear' } })
  expect(result.testItems).toBe(24)
  expect(result.trainItems + result.heldOutItems).toBe(72)
  expect(result.predictions.slice(0, 3)).toMatchObject([
    { sentence: 0, word: 0, span: [0, 3] },
    { sentence: 0, word: 5, span: [5, 9] },
    { sentence: 0, word: 6, span: [6, 9] }
  ])
  expect(finetuneKind.methods(result, tuning.services.results.listed(result.id))).toContain(
    'The head (linear) reads the mean over the tokens of each span.'
  )
  const record = JSON.parse(readFileSync(join(result.checkpoint!, 'layerscope.json'), 'utf8')) as object
  expect(record).toMatchObject({ head: { task: 'span', pooling: 'mean', file: 'layerscope_head.safetensors' } })
  const answers = await storedAnswers(result.checkpoint!, 'The old cat number 0 slept on the mat', [
    [[0, 3]],
    [[5, 9]],
    [[6, 9]]
  ])
  expect(answers).toEqual(result.predictions.slice(0, 3).map(({ predicted }) => predicted))
})

const pairTargets = (): unknown[] => [
  { span1: [5, 6], span2: [0, 3], label: 'subject' },
  { span1: [5, 6], span2: [7, 9], label: 'place' }
]

test('pairs of spans are learned, also on fixed hidden states, and stored', { timeout: 300_000 }, async () => {
  const datasetId = await targets('pairs', pairTargets)
  const result = await run(datasetId, { save: true })
  expect(result.score).toBe(1)
  expect(result).toMatchObject({ task: { unit: 'pair', item: 'pair' } })
  expect(result.predictions[1]).toMatchObject({ sentence: 0, word: 5, span: [5, 6], second: [7, 9] })
  const answers = await storedAnswers(result.checkpoint!, 'The old cat number 0 slept on the mat', [
    [
      [5, 6],
      [0, 3]
    ],
    [
      [5, 6],
      [7, 9]
    ]
  ])
  expect(answers).toEqual(result.predictions.slice(0, 2).map(({ predicted }) => predicted))
  const features = await run(datasetId, { method: defaultAdaptation('features'), epochs: 20, learningRate: null })
  expect(features.score).toBe(1)
  // Two classes over [a; b; a * b].
  expect(features.trained).toBe(2 * (3 * 192 + 1))
  expect(features.predictions.map(({ span, second }) => [span, second])).toEqual(
    result.predictions.map(({ span, second }) => [span, second])
  )
})

test('spans of sentences without labels are labelled in self-training', { timeout: 300_000 }, async () => {
  const datasetId = await targets('more', pairTargets)
  const selfTraining = {
    datasetId: await targets('unlabelled', pairTargets, 'new'),
    split: 'test',
    threshold: 0.6,
    rounds: 1
  }
  const { selfTraining: done } = await run(datasetId, { selfTraining })
  expect(done).toMatchObject({ unlabelled: 16, rounds: [{ added: 0 }, { added: 16, sentences: 8 }] })
})

test('numbers of words and of pairs of words are learned', { timeout: 300_000 }, async () => {
  for (const task of ['tree.depth', 'tree.distance']) {
    const result = await tuning.run({ task, epochs: 4, learningRate: 1e-3 })
    expect(result.measure).toBe('R²')
    expect(result.epochs.at(-1)!.heldOutLoss, task).toBeLessThan(0.7 * result.epochs[0]!.heldOutLoss)
    const [first] = result.predictions
    expect(first!.span === undefined, task).toBe(task === 'tree.depth')
  }
})

test('consistency has no sentences to compare where spans are labelled', async () => {
  const beside = { kind: 'consistency', weight: 1, share: 0.15, change: 'mask' } as const
  await expect(run(await targets('none', pairTargets), { beside })).rejects.toThrow('this task has none')
})

test('spans beyond the window are inputs of their own; what fits into none is left out', async () => {
  const path = join(tuning.folder, 'long.jsonl')
  const words = Array.from({ length: 40 }, (_, i) => (i % 2 ? 'cat' : 'dog'))
  const at = [
    [0, 2],
    [30, 32],
    [3, 40],
    [31, 33]
  ]
  const labelled = at.map((span1, i) => ({ span1, label: `c${i}` }))
  writeFileSync(path, JSON.stringify({ text: words.join(' '), targets: labelled }))
  const { id } = await tuning.services.datasets.open({ paths: [path], splitNames: ['train'] })
  const task = findTask(tuning.services.datasets.get(id), 'target')
  expect(countItems(task.items('train', 1))).toBe(4)
  const tokenizer = await WordTokenizer.open(model, 16)
  const source = { task, split: 'train', seed: 1, tokenizer, causal: true, segments: false }
  const { sentences } = tuning.services.datasets.text(id, 'train')
  const { examples, leftOut } = await examplesOf({ ...source, sentences }, [0])
  expect(leftOut).toBe(1)
  expect(examples.map(({ places }) => places!.map(({ span }) => span))).toEqual([
    [[0, 2]],
    [
      [30, 32],
      [31, 33]
    ]
  ])
  for (const { wordOfToken, spans, places } of examples)
    for (const [i, { first }] of spans!.entries())
      expect([...new Set(wordOfToken.slice(...first))].map((word) => words[word])).toEqual(
        words.slice(...places![i]!.span!)
      )
})
