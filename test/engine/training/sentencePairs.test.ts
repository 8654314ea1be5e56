import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultAdaptation } from '@shared/adaptMethods'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { createServices, type Services } from '../../../src/main/engine/services'
import { findTask } from '../../../src/main/engine/tasks/tasks'
import { examplesOf } from '../../../src/main/engine/training/task/examples'
import { WordTokenizer } from '../../../src/main/engine/tokenizers/wordTokenizer'

let folder: string
let services: Services

/** Pairs of which the second sentence says whether it follows. */
const rows = (count: number, label: (yes: boolean) => string): string =>
  Array.from({ length: count }, (_, i) => {
    const yes = i % 2 === 0
    return `The cat number ${i} sleeps\t${yes ? 'It sleeps' : 'No cat is here at all'}\t${label(yes)}`
  }).join('\n')

function file(name: string, label: (yes: boolean) => string, column = 'label', count = 24): string {
  const path = join(folder, name)
  writeFileSync(path, `sentence1\tsentence2\t${column}\n${rows(count, label)}\n`)
  return path
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-pairs-'))
  await pickBackend()
  process.env.LAYERSCOPE_CACHE = join(folder, 'cache')
  services = createServices(() => undefined, join(folder, 'data', 'results'))
})
afterAll(() => {
  delete process.env.LAYERSCOPE_CACHE
  rmSync(folder, { recursive: true, force: true })
})

async function run(paths: string[], task: string) {
  const model = await services.models.open('resources/models/gpt2-ud-tiny', silentJob())
  const dataset = await services.datasets.open({ paths, splitNames: ['train', 'test'] })
  const request = { modelId: model.id, datasetId: dataset.id, task, trainSplit: 'train', testSplit: 'test' }
  const options = { method: defaultAdaptation('full'), learningRate: 1e-3, epochs: 4, batch: 8, save: false, seed: 1 }
  return services.runs.run('finetune', { ...request, ...options }, silentJob())
}

test('a model learns classes of pairs', { timeout: 60_000 }, async () => {
  const label = (yes: boolean): string => (yes ? 'entailment' : 'neutral')
  const result = await run([file('train.tsv', label), file('test.tsv', label, 'label', 8)], 'label')
  expect(result.score).toBe(1)
  expect(result.settings.pooling).toBe('last token')
  // A prediction is named by the first sentence of its pair.
  expect(result.predictions.map(({ sentence }) => sentence)).toEqual([0, 2, 4, 6, 8, 10, 12, 14])
  expect(result.trainSentences + result.heldOutItems).toBe(24)
})

test('a model learns numbers of pairs', { timeout: 60_000 }, async () => {
  const label = (yes: boolean): string => (yes ? '4.5' : '1.5')
  const result = await run([file('a.tsv', label, 'score'), file('b.tsv', label, 'score', 8)], 'score')
  expect(result.measure).toBe('R²')
  expect(result.epochs.at(-1)!.heldOutLoss).toBeLessThan(0.5 * result.epochs[0]!.heldOutLoss)
})

test('an input has separators and segments of the tokenizer', async () => {
  const info = await services.datasets.open({ paths: [file('c.tsv', String)], splitNames: ['train'] })
  const tokenizer = await WordTokenizer.open('resources/models/all-MiniLM-L6-v2', 512)
  const source = {
    task: findTask(services.datasets.get(info.id), 'label'),
    split: 'train',
    seed: 1,
    sentences: services.datasets.text(info.id, 'train').sentences,
    tokenizer,
    causal: false
  }
  const {
    examples: [first]
  } = await examplesOf({ ...source, segments: true }, [0])
  expect([...first!.ids].map((id) => tokenizer.tokenText(id)).join(' ')).toBe(
    '[CLS] the cat number 0 sleeps [SEP] it sleeps [SEP]'
  )
  expect([...first!.segments!].join('')).toBe('0000000111')
  const { examples } = await examplesOf({ ...source, segments: false }, [0])
  expect(examples[0]!.segments).toBeNull()
})
