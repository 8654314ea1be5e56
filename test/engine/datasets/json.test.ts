import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { ColumnChoice, DatasetInfo, SentenceRow } from '@shared/dataset'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'
import { findJsonError } from '../../../src/main/engine/datasets/readers/jsonError'
import { temporaryFiles } from './temporaryFiles'

const files = temporaryFiles()

async function read(
  name: string,
  content: string | Uint8Array,
  choice?: ColumnChoice
): Promise<{ info: DatasetInfo; rows: SentenceRow[] }> {
  const store = new DatasetStore()
  const info = await store.open({ paths: [files.write(name, content)], splitNames: ['all'], choice })
  const rows = info.splits.flatMap((split) =>
    Array.from({ length: split.sentences }, (_unused, index) => store.sentence(info.id, split.name, index))
  )
  return { info, rows }
}

const lines = (...objects: unknown[]): string => objects.map((object) => `${JSON.stringify(object)}\n`).join('')

test('texts with labels of sentences', async () => {
  const content = lines(
    { id: 7, text: 'Never  again!', label: 1, sure: true },
    { id: 8, text: 'Great.', label: 0, sure: false },
    { id: 9, text: ' ', label: 1, sure: true }
  )
  const { info, rows } = await read('reviews.jsonl', content)
  expect(rows.map(({ id, text, words, sentenceLabels }) => [id, text, words, sentenceLabels])).toEqual([
    ['7', 'Never again!', ['Never', 'again', '!'], { label: '1', sure: 'true' }],
    ['8', 'Great.', ['Great', '.'], { label: '0', sure: 'false' }]
  ])
  expect(info.warnings).toEqual(['1 sentence (first: reviews.jsonl, line 3) without a word is left out.'])
  expect((await read('reviews.ndjson.gz', gzipSync(content))).rows).toEqual(rows)
})

test('words with labels, null for none; other lists are left alone', async () => {
  const { info, rows } = await read(
    'ner.jsonl',
    lines(
      { tokens: ['Ada', 'wrote', 'New York'], ner: ['B', 'O', null], ids: [1, 2], meta: { a: 1 } },
      { tokens: ['Yes', '.'], ids: [3] }
    )
  )
  expect(rows.map(({ words, labels, sentenceLabels }) => ({ words, labels, sentenceLabels }))).toEqual([
    { words: ['Ada', 'wrote', 'New York'], labels: { ner: ['B', 'O', null] }, sentenceLabels: {} },
    { words: ['Yes', '.'], labels: { ner: [null, null] }, sentenceLabels: {} }
  ])
  expect(info.notes).toEqual([
    '3 labels (first: ner.jsonl, line 1, in "ner") are null, NaN, "_", empty or not there, and count as unlabelled.',
    '1 word (first: ner.jsonl, line 1, "New York") contains a space and stays one word.'
  ])
})

test('a score of NaN is no label, and the note says what it is', async () => {
  const { info, rows } = await read(
    'nan.jsonl',
    '{"text": "a", "score": NaN}\n{"text": "b", "score": 1}\n{"text": "c", "score": 2}'
  )
  expect(rows.map(({ sentenceLabels }) => sentenceLabels)).toEqual([{ score: null }, { score: '1' }, { score: '2' }])
  expect(info.notes).toContain(
    '1 label (first: nan.jsonl, line 1, in "score") is null, NaN, "_", empty or not there, and counts as unlabelled.'
  )
})

test('the text beside the words tells where spaces stand', async () => {
  const { rows } = await read(
    'both.jsonl',
    lines(
      { text: "Don't go.", tokens: ['Do', "n't", 'go', '.'], tag: ['A', 'B', 'C', 'D'] },
      { tokens: ['no', 'text'], tag: ['A', 'B'] }
    )
  )
  expect(rows.map(({ text, spaceAfter }) => [text, spaceAfter])).toEqual([
    ["Don't go.", [false, true, false, true]],
    ['no text', [true, true]]
  ])
})

test('the user decides which keys are what', async () => {
  const content = lines(
    { sentence: 'a long text here', note: 'it is x', class: 'c' },
    { sentence: 'another long text', note: 'it is y', class: 'd' }
  )
  expect((await read('keys.jsonl', content)).info.labelLayers.map(({ id }) => id)).toEqual(['class'])
  const choice: ColumnChoice = {
    columns: [
      { index: 0, name: 'note', role: 'text' },
      { index: 1, name: 'class', role: 'ignore' },
      { index: 2, name: 'sentence', role: 'label' }
    ]
  }
  const { info, rows } = await read('keys.jsonl', content, choice)
  expect(rows[0]?.text).toBe('it is x')
  expect(info.labelLayers.map(({ id }) => id)).toEqual(['sentence'])
})

test('a document of splits, of pairs, or of objects', async () => {
  const splits = await read(
    'splits.json',
    JSON.stringify({
      oos_val: [['what is love', 'oos']],
      val: [['pay it', 'pay']],
      train: [
        ['pay the bill', 'pay'],
        ['my card', 'card']
      ]
    })
  )
  expect(splits.info.splits.map(({ name, sentences }) => [name, sentences])).toEqual([
    ['train', 2],
    ['dev', 1],
    ['oos_val', 1]
  ])
  expect(splits.info.labelLayers).toMatchObject([
    {
      id: 'column 2',
      classes: ['pay', 'card', 'oos'],
      countsBySplit: { train: [1, 1, 0], dev: [1, 0, 0], oos_val: [0, 0, 1] }
    }
  ])
  expect(splits.info.suggested).toEqual({ train: 'train', test: 'dev' })
  const objects = await read('objects.json', JSON.stringify([{ tokens: ['a', 'b'], tags: ['X', 'Y'] }], null, 2))
  expect(objects.rows[0]?.labels).toEqual({ tags: ['X', 'Y'] })
  const wrapped = await read(
    'wrapped.json',
    JSON.stringify({
      version: 1,
      data: [
        { text: 'a b', label: 'x' },
        { text: 'c', label: 'y' }
      ]
    })
  )
  expect(wrapped.info.splits.map(({ name }) => name)).toEqual(['all'])
})

test('JSON Lines under another name are recognised by their lines', async () => {
  const { info } = await read('data.json', lines({ text: 'a b', label: 'x' }, { text: 'c', label: 'y' }))
  expect(info.format).toBe('jsonLines')
})

test.each([
  ['{"a": }', 1, 7, 'a value'],
  ['{"a": 1,}', 1, 9, 'a key in double quotes'],
  ['{a: 1}', 1, 2, 'a key in double quotes'],
  ['{"a" 1}', 1, 6, '":"'],
  ['[1, 2', 1, 6, '"," or "]"'],
  ['{"a": 1', 1, 8, '"," or "}"'],
  ['[1,\n 2,\n tru]', 3, 2, 'a value'],
  ['["a\nb"]', 1, 2, 'a text that ends in a quote'],
  ['["\\x"]', 1, 2, 'a text that ends in a quote'],
  ['[01]', 1, 3, '"," or "]"'],
  ['1 2', 1, 3, 'the end'],
  ['', 1, 1, 'a value'],
  ['[[[[{"deep": [}]]]]', 1, 15, 'a value']
])('the mistake in %j is found', (text, line, column, expected) => {
  expect(() => JSON.parse(text) as unknown).toThrow()
  expect(findJsonError(text)).toEqual({ line, column, expected })
})

test('what is JSON is found to be', () => {
  const text = JSON.stringify([{ a: [1, -2.5e-3, true, null, 'ü"\\\n'], b: {}, c: [] }, [], {}], null, 1)
  expect(findJsonError(text).expected).toBe('nothing')
  expect(findJsonError('['.repeat(200_000) + ']'.repeat(200_000)).expected).toBe('nothing')
})
