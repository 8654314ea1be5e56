import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { silentJob } from '@shared/jobs'
import { defaultMethod } from '@shared/probeMethods'
import type { SentenceRef } from '@shared/sentence'
import { tokenizeCommand } from '../../../src/main/commands/tokenize'
import { windowsOf } from '../../../src/main/engine/activations/windows'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { createServices, type Services } from '../../../src/main/engine/services'
import { openTextTokenizer } from '../../../src/main/engine/tokenizers/openTokenizer'

const apostrophe = "The dogs' owner didn't come."
const masked = 'The [MASK] barks.'
const quoted = 'She said: "No."  (Twice…)'

let folder: string
let services: Services
const before = process.env.LAYERSCOPE_CACHE

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-sentences-'))
  await pickBackend()
  process.env.LAYERSCOPE_CACHE = folder
  services = createServices(() => undefined, join(folder, 'results'))
})
afterAll(() => {
  if (before === undefined) delete process.env.LAYERSCOPE_CACHE
  else process.env.LAYERSCOPE_CACHE = before
  rmSync(folder, { recursive: true, force: true })
})

/** The tokens of a sentence as each service reads them, by its name; where it gives no texts, how many they are. */
async function tokensOf(modelId: string, text: string): Promise<Record<string, string[] | number>> {
  const sentence: SentenceRef = { kind: 'text', text }
  const model = services.models.get(modelId)
  const tokenText = (ids: Iterable<number>): string[] => Array.from(ids, (id) => model.needTokenizer().tokenText(id))
  const analysis = await services.sentences.analyze(modelId, sentence, 24)
  const { encoded } = await services.sentences.hiddenStates(modelId, sentence)
  const effect = await services.sentenceAblations.sentence(
    { modelId, sentence, interventions: [], corpus: null, runIds: [] },
    silentJob()
  )
  expect(effect.words).toEqual(analysis.words)
  const similarity = await services.ablationEffects.similarity(
    { modelId, first: sentence, second: sentence, interventions: [], randomSets: 0, seed: 1, corpus: null },
    silentJob()
  )
  const read: Record<string, string[] | number> = {
    analysis: analysis.tokens.map((token) => token.text),
    'attention head': (await services.sentences.head(modelId, sentence, 1, 0)).shape[0]!,
    'attention layer': (await services.sentences.layer(modelId, sentence, 1)).shape[1]!,
    'hidden states': tokenText(encoded.ids),
    'ablation of a sentence': effect.tokens,
    similarity: similarity.tokens[0],
    tokenize: await tokenized(model.info.path, text)
  }
  if (!model.hasHead) return read
  read['logit lens'] = (
    await services.sentenceAblations.lens(
      { modelId, sentence, interventions: [], corpus: null, watched: [] },
      silentJob()
    )
  ).tokens
  const patch = await services.sentenceAblations.patch(
    { modelId, text, source: text.replace(/^\w+/, 'You'), kind: 'resid', place: null, first: 'the', second: 'a' },
    silentJob()
  )
  read['patching'] = patch.tokens
  read['source of patching'] = [patch.tokens[0]!, ...patch.sourceTokens.slice(1)]
  const pair = await services.minimalPairs.tokens({ modelId, good: text, bad: text }, silentJob())
  read['minimal pair'] = pair.good.tokens
  return read
}

async function tokenized(model: string, text: string): Promise<string[]> {
  let printed = ''
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    printed += String(chunk)
    return true
  })
  try {
    expect(await tokenizeCommand.run([model, '--text', text, '--json'])).toBe(0)
  } finally {
    write.mockRestore()
  }
  return (JSON.parse(printed) as { tokens: string[] }).tokens
}

describe.each(['gpt2-ud-tiny', 'all-MiniLM-L6-v2'])('%s', (name) => {
  const path = `resources/models/${name}`

  test.each([apostrophe, masked, quoted])('every service reads %j alike, as Python does', async (text) => {
    const { id } = await services.models.open(path, silentJob())
    const { tokens } = await (await openTextTokenizer(path, { cut: false })).encode(text)
    for (const [service, read] of Object.entries(await tokensOf(id, text)))
      expect([service, read]).toEqual([service, typeof read === 'number' ? tokens.length : tokens])
  })
})

test('a masked model reads <mask> as its own mask, in every service', async () => {
  const { id } = await services.models.open('resources/models/all-MiniLM-L6-v2', silentJob())
  for (const [service, read] of Object.entries(await tokensOf(id, 'The <mask> barks.')))
    if (typeof read !== 'number')
      expect([service, read]).toEqual([service, ['[CLS]', 'the', '[MASK]', 'bark', '##s', '.', '[SEP]']])
})

test('pairs and patching say which text an unknown token is for', async () => {
  const { id: modelId } = await services.models.open('../shared/models/minilm-ud-mlm', silentJob())
  const [good, bad] = ['The 🜲 [MASK] .', 'The dog [MASK] .']
  const pair = await services.minimalPairs.tokens({ modelId, good, bad }, silentJob())
  expect(pair.good.tokens.indexOf('[UNK]')).toBeGreaterThanOrEqual(0)
  expect(pair.good.surfaces).toEqual(pair.good.tokens.map((token) => (token === '[UNK]' ? '🜲' : null)))
  expect(pair.bad).not.toHaveProperty('surfaces')
  const patch = await services.sentenceAblations.patch(
    { modelId, text: good, source: bad, kind: 'head', place: null, first: 'is', second: 'are' },
    silentJob()
  )
  expect(patch.surfaces).toEqual(patch.tokens.map((token) => (token === '[UNK]' ? '🜲' : null)))
  expect(patch).not.toHaveProperty('sourceSurfaces')
})

test('a model without a mask token reads a mask as text and says so', async () => {
  const { id } = await services.models.open('resources/models/gpt2-ud-tiny', silentJob())
  const { note, words } = await services.sentences.analyze(id, { kind: 'text', text: masked }, 24)
  expect(note).toBe("This tokenizer has no mask token; '[MASK]' was read as text.")
  expect(words.join('')).toBe('The[MASK]barks.')
})

test('a sentence of a data set is read as its stored vectors are, and a probe predicts its words', async () => {
  const { id: modelId } = await services.models.open('resources/models/gpt2-ud-tiny', silentJob())
  const rows = ['The dogs bark .', 'A cat sleeps .', 'The owner came .', "Dogs ' owners sleep ."]
  const file = join(folder, 'data.tsv')
  const label = (word: string): string => (/\w/.test(word) ? 'word' : 'mark')
  writeFileSync(
    file,
    rows
      .map((row) =>
        row
          .split(' ')
          .map((word) => `${word}\t${label(word)}`)
          .join('\n')
      )
      .join('\n\n') + '\n'
  )
  const { id: datasetId, splits, tasks } = await services.datasets.open({ paths: [file] })
  const split = splits[0]!.name
  const sentence: SentenceRef = { kind: 'dataset', datasetId, split, index: 0 }
  const analysis = await services.sentences.analyze(modelId, sentence, 24)
  const expected = ['The', 'Ġdogs', 'Ġbark', 'Ġ.']
  expect(analysis.tokens.map(({ text }) => text).join('')).toBe(expected.join(''))
  const effect = await services.sentenceAblations.sentence(
    { modelId, sentence, interventions: [], corpus: null, runIds: [] },
    silentJob()
  )
  expect(effect.tokens).toEqual(analysis.tokens.map(({ text }) => text))
  const [window] = windowsOf(services.models.get(modelId).needTokenizer(), 0, rows[0]!.split(' '))
  expect(Array.from(window!.ids)).toEqual(analysis.tokens.map(({ id }) => id))

  const run = await services.runs.run(
    'probe',
    {
      modelId,
      datasetId,
      task: tasks[0]!.id,
      trainSplit: split,
      testSplit: split,
      pool: 'first',
      layers: [1],
      maxTrainWords: null,
      maxTestWords: null,
      control: false,
      codelength: false,
      restarts: 1,
      probe: defaultMethod('linear'),
      seed: 1
    },
    silentJob()
  )
  const typed: SentenceRef = { kind: 'text', text: apostrophe }
  const { words } = await services.sentences.analyze(modelId, typed, 24)
  expect((await services.probePredictor.predict(run.id, typed)).predicted.shape).toEqual([1, words.length])
  expect(words).toEqual(['The', 'dogs', "'", 'owner', "didn't", 'come', '.'])
})
