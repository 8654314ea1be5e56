import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { DatasetInfo } from '@shared/dataset'
import { dataOptions } from '../../src/main/commandLine/dataOptions'
import { defineCommand } from '../../src/main/commandLine/command'
import { openData } from '../../src/main/commandLine/opening'
import { commands as entries } from '../../src/main/commands'
import { DatasetStore } from '../../src/main/engine/datasets/datasetStore'
import type { Services } from '../../src/main/engine/services'
import { temporaryFiles } from '../engine/datasets/temporaryFiles'

// What the command line overrules when a file is read: which column holds what, classes or numbers, a header or none.

const files = temporaryFiles()
beforeEach(() => void vi.spyOn(process.stderr, 'write').mockReturnValue(true))
afterEach(() => vi.restoreAllMocks())

/** Opens files as a command does. @param labels the labels that the command is about */
async function opened(paths: string[], typed: string, labels: string[] = []): Promise<DatasetInfo> {
  const datasets = new DatasetStore()
  let info: DatasetInfo | undefined
  const command = defineCommand({
    name: 'try',
    description: 'Tries.',
    options: dataOptions,
    examples: ['layerscope try'],
    async run({ values, report }) {
      const request = { paths, splitNames: paths.map((_, i) => `part ${i + 1}`) }
      info = await openData({ datasets } as Pick<Services, 'datasets'>, report, request, values, labels)
      return 0
    }
  })
  await command.run(typed.split(' ').filter((word) => word !== ''))
  return info!
}

/** 'score number 60, topic class 60': what the labels are. */
const labelsIn = ({ labelLayers }: DatasetInfo): string =>
  labelLayers.map(({ id, kind, labelled }) => `${id} ${kind} ${labelled}`).join(', ')

const rows = Array.from({ length: 60 }, (_, i) => i)
const texts = rows.map((i) => `pay my card number ${i} at once`)
const table = (header: string, cells: (i: number) => string): string =>
  `${header}${texts.map((text, i) => `${text},${cells(i)}`).join('\n')}\n`
const scored = (): string =>
  files.write(
    'scored.csv',
    table('text,score\n', (i) => String((i * 7) % 60))
  )
const rated = (): string =>
  files.write(
    'rated.csv',
    table('text,stars,topic\n', (i) => `${i % 5},${'abc'[i % 3]!}`)
  )

describe('--as', () => {
  test.each([
    ['', 'score class 60'],
    ['--as numbers', 'score number 60'],
    ['--as classes', 'score class 60']
  ])('"%s" with whole numbers without a gap', async (typed, expected) => {
    expect(labelsIn(await opened([scored()], typed, ['score']))).toBe(expected)
  })

  test('applies to the label that the command is about, and to no other', async () => {
    expect(labelsIn(await opened([rated()], '--as numbers', ['stars']))).toBe('stars number 60, topic class 60')
  })

  test('applies to the labels of --columns first', async () => {
    expect(labelsIn(await opened([rated()], '--columns stars=label --as numbers', ['topic']))).toBe(
      'stars number 60, topic class 60'
    )
  })

  test('applies to every label where the command names none', async () => {
    await expect(opened([rated()], '--as numbers')).rejects.toThrow(
      'rated.csv, line 2: "a" is not a number, but the column "topic" is to be read as numbers.'
    )
  })

  test('holds for both files of a command', async () => {
    const other = files.write(
      'other.csv',
      table('text,score\n', (i) => String(i))
    )
    const { labelLayers, splits } = await opened([scored(), other], '--as numbers', ['score'])
    expect(splits.map(({ sentences }) => sentences)).toEqual([60, 60])
    expect(labelLayers[0]).toMatchObject({ id: 'score', kind: 'number', labelled: 120 })
  })

  test('reads the keys of JSON Lines', async () => {
    const lines = rows.map((i) => JSON.stringify({ tokens: ['pay', `card${i}`], surprise: [i + 0.5, 0.25] }))
    const path = files.write('words.jsonl', `${lines.join('\n')}\n`)
    expect(labelsIn(await opened([path], '', ['surprise']))).toBe('surprise number 120')
    expect(labelsIn(await opened([path], '--as classes', ['surprise']))).toBe('surprise class 120')
  })
})

describe('--columns', () => {
  test('by name or by number', async () => {
    const path = files.write(
      'two.csv',
      table('body,other,kind\n', (i) => `see the note of day ${i},${'ab'[i % 2]!}`)
    )
    const byName = await opened([path], '--columns other=text,kind=label')
    expect(labelsIn(byName)).toBe('kind class 60')
    expect(byName.splits[0]!.words).toBe(6 * 60)
    const byNumber = await opened([path], '--columns 1=text,3=label')
    expect(byNumber.splits[0]!.words).toBe(7 * 60)
  })

  test('an ignored column becomes a label', async () => {
    const path = files.write(
      'ids.csv',
      table('text,topic,author\n', (i) => `${'ab'[i % 2]!},author ${i % 59}`)
    )
    expect(labelsIn(await opened([path], ''))).not.toContain('author')
    expect(labelsIn(await opened([path], '--columns author=label'))).toContain('author class 60')
  })

  test('words and a sentence id change the layout', async () => {
    const path = files.write(
      'long.csv',
      `a,b,c\n${rows.map((i) => `s${i >> 2},word${i},${'xy'[i % 2]!}`).join('\n')}\n`
    )
    const info = await opened([path], '--header yes --columns a=sentenceId,b=word,c=label')
    expect(info.splits[0]).toMatchObject({ sentences: 15, words: 60 })
    expect(labelsIn(info)).toBe('c class 60')
  })
})

describe('--header', () => {
  const plain = (): string =>
    files.write(
      'plain.csv',
      table('', (i) => 'ab'[i % 2]!)
    )
  test.each([
    ['no', 60, 'column 2 class 60'],
    ['yes', 59, 'a class 59']
  ])('%s', async (header, sentences, expected) => {
    const info = await opened([plain()], `--header ${header}`)
    expect(info.splits[0]!.sentences).toBe(sentences)
    expect(labelsIn(info)).toBe(expected)
  })
})

describe('what does not fit is refused in a sentence', () => {
  const trees = 'test/fixtures/datasets/pud/en_pud.conllu'
  test.each<[string, () => string, string]>([
    [
      '--columns scor=label',
      scored,
      "--columns: scored.csv has no column 'scor'; it has text, score. Did you mean score?"
    ],
    ['--columns 3=label', scored, "--columns: scored.csv has no column '3'; it has text, score."],
    ['--columns score=label,2=ignore', scored, "--columns gives the column 'score' two roles."],
    [
      '--columns score',
      scored,
      "--columns is 'score'; it takes columns with their roles, for example body=text,2=label."
    ],
    [
      '--columns score=labels',
      scored,
      "--columns is 'labels'; it can be word, label, text, sentenceId, document, tokenIndex"
    ],
    ['--as integers', scored, "--as is 'integers'; it can be classes, numbers."],
    ['--as numbers', scored, "--as: scored.csv has no column 'upos'; it has text, score."],
    ['--header yes', () => trees, '--header is for tables, and en_pud.conllu is read as'],
    ['--as numbers', () => trees, '--as is for tables and JSON Lines, and en_pud.conllu is read as'],
    ['--header maybe', scored, "--header is 'maybe'; it can be yes, no."]
  ])('%s', async (typed, path, sentence) => {
    await expect(opened([path()], typed, ['upos'])).rejects.toThrow(sentence)
  })
})

test('every command that reads labelled data has the options', async () => {
  const commands = await Promise.all(entries.map((entry) => entry.load()))
  const having = commands.filter(({ options }) =>
    Object.keys(dataOptions).every((name) => Object.hasOwn(options, name))
  )
  expect(having.map(({ name }) => name).sort()).toEqual([
    'ablate',
    'align',
    'compare',
    'curve',
    'experts',
    'extract',
    'finetune',
    'geometry',
    'heads',
    'lens',
    'neurons',
    'pretrain',
    'probe'
  ])
})

const shared = '../shared/field-cases'
const there = existsSync(shared)
if (!there) console.warn(`The field cases of tables were not tried: ${shared} is not there.`)

describe.skipIf(!there)('the field cases of tables', () => {
  test.each([
    ['f01-quantity-with-nan/NaN-train.csv', 'score', '--as numbers', 'score number'],
    ['f01-quantity-with-inf/inf-train.csv', 'score', '--as classes', 'score class'],
    ['f02-number-too-large/1e400-train.csv', 'score', '--as classes', 'score class'],
    ['f03-class-ids-as-quantity/hf-train.jsonl', 'pos_tags', '--as numbers', 'pos_tags number'],
    ['f03-class-ids-as-quantity/hf-train.jsonl', 'pos_tags', '--as classes', 'pos_tags class'],
    ['f04-header-with-empty-cell/pandas-index.csv', 'label', '--header yes --columns text=text', 'label class'],
    ['f04-excel-sep-line/sep.csv', 'column 2', '--header no', 'column 2 class'],
    ['f05-header-own-label-name/hdr-sense.tsv', 'sense', '--header yes --columns sense=label', 'sense class'],
    ['f05-header-own-number-name/hdr-surprisal.tsv', 'surprisal', '--columns 1=word,2=label', 'surprisal number']
  ])('%s of %s with %s', async (path, label, typed, expected) => {
    expect(labelsIn(await opened([join(shared, path)], typed, [label]))).toContain(expected)
  })

  test.each([
    ['f01-quantity-with-inf/inf-train.csv', '"inf" is not a finite 32-bit number'],
    ['f02-number-too-large/1e400-train.csv', '"1e400" is not a finite 32-bit number']
  ])('%s as numbers', async (path, sentence) => {
    await expect(opened([join(shared, path)], '--as numbers', ['score'])).rejects.toThrow(sentence)
  })
})
