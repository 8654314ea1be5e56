import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ColumnChoice } from '@shared/dataset'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'
import { temporaryFiles } from './temporaryFiles'

// What the preview says of every column: how it is read, why, and what does not fit.

const files = temporaryFiles()
const store = new DatasetStore()
const rows = Array.from({ length: 101 }, (_, i) => i)
const table = (header: string, cell: (i: number) => string): string =>
  files.write(`t${Math.random()}.csv`, `${header}\n${rows.map((i) => `pay card ${i} now,${cell(i)}`).join('\n')}\n`)

async function column(path: string, name: string, choice: ColumnChoice = {}) {
  const { columns } = await store.preview([path], choice)
  const { role, reason, as, values } = columns.find((candidate) => candidate.name === name)!
  return { role, reason, as, values }
}

describe('the values of a label are counted, with those that do not fit', () => {
  test.each<[string, (i: number) => string, string, string]>([
    [
      'score',
      (i) => (i === 10 ? 'N/A' : i === 20 || i === 30 ? '?' : `${i * 3}.5`),
      'numbers',
      '101 values, 100 different: 98 numbers, 3 not ("N/A" in line 12; "?" in line 22, 2 times). ' +
        'Read as numbers: numbers with decimals.'
    ],
    [
      'score',
      (i) => String(i * 3),
      'numbers',
      '101 values, 101 different, all numbers. Read as numbers: more than 30 different numbers.'
    ],
    [
      'score',
      (i) => String(i % 40),
      'classes',
      '101 values, 40 different, all numbers. Read as classes: whole numbers, from 0 without a gap.'
    ],
    [
      'label',
      (i) => String((i % 40) * 3),
      'classes',
      '101 values, 40 different, all numbers. Read as classes: whole numbers under a name that suggests ids.'
    ],
    [
      'score',
      (i) => String(1 + (i % 5)),
      'classes',
      '101 values, 5 different, all numbers. Read as classes: no more than 30 different whole numbers.'
    ],
    ['score', (i) => 'abc'[i % 3]!, 'classes', '101 values, 3 different. Read as classes: they are not numbers.'],
    [
      'score',
      (i) => (i % 2 ? `low ${i % 20}` : `${i}.5`),
      'classes',
      '101 values, 61 different: 51 numbers, 50 not ("low 1" in line 3, 5 times; "low 3" in line 5, 5 times; ' +
        '"low 5" in line 7, 5 times; ...). ' +
        'Read as classes: too many are not numbers.'
    ]
  ])('%s %s', async (name, cell, as, values) => {
    expect(await column(table(`text,${name}`, cell), name)).toEqual({
      role: 'label',
      reason: 'by its name',
      as,
      values
    })
  })

  test('of what was chosen', async () => {
    const path = table('text,score', (i) => String(i % 5))
    const columns = [{ index: 1, role: 'label', as: 'numbers' }] as const
    expect(await column(path, 'score', { columns: [...columns] })).toEqual({
      role: 'label',
      reason: undefined,
      as: 'numbers',
      values: '101 values, 5 different, all numbers. Read as numbers: as chosen.'
    })
  })

  test('a value that no regression can have is a problem before anything is opened', async () => {
    const path = table('text,score', (i) => (i === 5 ? 'inf' : `${i}.5`))
    const preview = await store.preview([path])
    expect(preview.canOpen).toBe(false)
    expect(preview.problems[0]).toMatch(/line 7: "inf" is not a finite 32-bit number/)
    const columns = [{ index: 1, role: 'label' as const, as: 'classes' as const }]
    expect(await store.preview([path], { columns })).toMatchObject({ canOpen: true, problems: [] })
  })

  test('of JSON Lines', async () => {
    const lines = rows.map((i) => JSON.stringify({ text: `pay card ${i}`, score: i === 3 ? 'N/A' : i + 0.5 }))
    const path = files.write('scores.jsonl', `${lines.join('\n')}\n`)
    expect((await column(path, 'score')).values).toBe(
      '101 values, 101 different: 100 numbers, 1 not ("N/A" in line 4). Read as numbers: numbers with decimals.'
    )
  })
})

test('why a column has its role', async () => {
  const path = table('body,topic,note', (i) => `${'ab'[i % 2]},note ${i}`)
  expect(await column(path, 'body')).toMatchObject({ role: 'text', reason: 'by its values' })
  expect(await column(path, 'topic')).toMatchObject({ role: 'label', reason: 'by its name' })
  expect(await column(path, 'note')).toMatchObject({ role: 'ignore', reason: 'its values do not look like labels' })
  const columns = [{ index: 2, role: 'text' as const }]
  expect(await column(path, 'body', { columns })).toMatchObject({ role: 'ignore', reason: 'another was chosen' })
  const { columns: fixed } = await store.preview(['test/fixtures/datasets/pud/en_pud.conllu'])
  expect(fixed.every(({ reason }) => reason === undefined)).toBe(true)
})

describe('a dataset.json beside the file', () => {
  const folder = (name: string, manifest: object | string): string => {
    const path = join(dirname(files.write(`${name}.txt`, '')), name, 'scores.csv')
    mkdirSync(dirname(path))
    writeFileSync(path, `text,score\n${rows.map((i) => `pay card ${i} now,${i % 5}`).join('\n')}\n`)
    writeFileSync(
      join(dirname(path), 'dataset.json'),
      typeof manifest === 'string' ? manifest : JSON.stringify(manifest)
    )
    return path
  }
  const manifest = (file: string) => ({
    name: 'Scores',
    description: 'Scores.',
    licence: 'CC0',
    source: 'made',
    splits: [{ name: 'train', file }],
    suggested: { train: 'train', test: 'train' },
    offerFirst: [],
    choice: { header: true, columns: [{ index: 1, name: 'score', role: 'label', as: 'numbers' }] }
  })

  test('says how the file is read, also where the file alone is opened', async () => {
    const path = folder('listed', manifest('scores.csv'))
    expect((await column(path, 'score')).as).toBe('numbers')
    const { id, labelLayers } = await store.open({ paths: [path] })
    expect(labelLayers).toMatchObject([{ id: 'score', kind: 'number' }])
    expect(store.openedBy(id).choice).toEqual(manifest('scores.csv').choice)
    // The request comes first.
    const columns = [{ index: 1, role: 'label' as const, as: 'classes' as const }]
    expect((await column(path, 'score', { columns })).as).toBe('classes')
  })

  test('leaves files that it does not list alone, and one of another program as well', async () => {
    expect((await column(folder('unlisted', manifest('others.csv')), 'score')).as).toBe('classes')
    expect((await column(folder('foreign', '{"keywords": []}'), 'score')).as).toBe('classes')
  })
})
