import { describe, expect, test } from 'vitest'
import type { ColumnChoice, DatasetInfo, SentenceRow } from '@shared/dataset'
import { isUserError } from '@shared/userError'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'
import { temporaryFiles } from './temporaryFiles'

/** The kinds of fault of fieldCases.test.ts in other formats, at other places and with other values. */
const files = temporaryFiles()

async function open(
  name: string,
  content: string | Uint8Array,
  choice?: ColumnChoice
): Promise<{ info: DatasetInfo; rows: SentenceRow[]; documents: (number | null)[] }> {
  const store = new DatasetStore()
  const info = await store.open({ paths: [files.write(name, content)], splitNames: ['all'], choice })
  const count = info.splits[0]!.sentences
  const documents = store.get(info.id).documents('all')?.ids
  return {
    info,
    rows: Array.from({ length: count }, (_unused, index) => store.sentence(info.id, 'all', index)),
    documents: Array.from({ length: count }, (_unused, index) => documents?.[index] ?? null)
  }
}

async function refusal(name: string, content: string | Uint8Array): Promise<string> {
  try {
    await open(name, content)
    return 'opened'
  } catch (error) {
    if (!isUserError(error)) throw error
    return error.message
  }
}

const texts = Array.from({ length: 102 }, (_, i) => `${['book', 'cancel', 'find'][i % 3]} my card number ${i}`)
const number = (i: number): string => (1 + ((i * 37) % 101) / 10).toFixed(2)
const table = (value: (i: number) => string, header = 'text\tscore'): string =>
  `${header}\n${texts.map((text, i) => `${text}\t${value(i)}`).join('\n')}\n`
/** 40 sentences of three words with a label each. */
const words = (label: (i: number) => string, header = '', separator = '\t'): string =>
  `${header}${Array.from({ length: 40 }, (_, s) =>
    ['the', 'cat', `sat${s % 7}`].map((word, k) => `${word}${separator}${label(3 * s + k)}`).join('\n')
  ).join('\n\n')}\n`
const plus = (value: (i: number) => string): string =>
  `# global.columns = ID FORM SURP\n${Array.from({ length: 40 }, (_, s) =>
    ['the', 'cat', 'sat'].map((word, k) => `${k + 1}\t${word}\t${value(3 * s + k)}`).join('\n')
  ).join('\n\n')}\n\n`
const pairs = (value: (i: number) => string): string =>
  `score\tsentence1\tsentence2\n${texts.map((text, i) => `${value(i)}\t${text}\tanother ${i}`).join('\n')}\n`
const edges = (value: (i: number) => unknown): string =>
  texts
    .map((_text, i) =>
      JSON.stringify({ text: 'Ada wrote it', targets: [{ span1: [0, 1], span2: [1, 2], label: value(i) }] })
    )
    .join('\n')
const lines = (row: (i: number) => unknown, length = 102): string =>
  Array.from({ length }, (_, i) => JSON.stringify(row(i))).join('\n')

describe('numbers, wherever labels stand', () => {
  test.each([
    ['plus.conllup', plus, 'SURP', 14],
    ['pairs.tsv', pairs, 'score', 12],
    ['edges.jsonl', edges, 'Target', 12]
  ] as const)('%s: NaN is left out and counted, inf is refused', async (name, content, title, left) => {
    const odd = (i: number): string => (i % 9 === 0 ? 'NaN' : number(i))
    const { info } = await open(name, content(odd))
    const layer = [...info.labelLayers, ...info.spanLayers].find((each) => each.title === title)!
    const all = name === 'plus.conllup' ? 120 : 102
    expect(layer).toMatchObject({ kind: 'number', labelled: all - left })
    expect(info.warnings).toContain(
      `${left} values of the column "${title}" ("NaN") are not numbers and count as unlabelled.`
    )
    expect(info.notes.join()).toContain('it is read as a quantity, for regression; choose "classes" (--as classes)')
    expect(
      await refusal(
        name,
        content((i) => (i === 5 ? 'inf' : number(i)))
      )
    ).toMatch(/, line \d+: "inf" is not a finite 32-bit number/)
    const asked = { columns: [{ index: 0, name: title === 'Target' ? 'target' : title, role: 'label' as const }] }
    const classes = await open(name, content(odd), {
      columns: asked.columns.map((column) => ({ ...column, as: 'classes' as const }))
    })
    expect([...classes.info.labelLayers, ...classes.info.spanLayers].find((each) => each.title === title)!.kind).toBe(
      'class'
    )
    expect(classes.info.id).not.toBe(info.id)
  })

  test('values that are not numbers are counted each time they occur', async () => {
    const { info } = await open(
      'mixed.tsv',
      table((i) => (i % 4 === 0 ? 'unknown' : number(i)))
    )
    expect(info.labelLayers[0]).toMatchObject({ kind: 'class', labelled: 102 })
    expect(info.warnings).toContain(
      '26 of 102 values of the column "score" are not numbers ("unknown"): it is read as classes, one for each ' +
        'different value. Correct or empty them to have a quantity.'
    )
  })

  test.each(['1,100.5', '12.5%', '1 100'])('numbers written like %s are warned of', async (written) => {
    const { info } = await open(
      'written.tsv',
      table((i) => written.replace('1', String(1 + (i % 9))).replace(/\d(?=\D*$)/, String(i % 10)))
    )
    expect(info.warnings.join()).toContain('The values of the column "score" look like numbers, written in a way that')
  })

  test('the minus sign of typesetters is one', async () => {
    const { info } = await open(
      'minus.tsv',
      table((i) => `\u2212${number(i)}`)
    )
    expect(info.labelLayers[0]).toMatchObject({ kind: 'number', range: { max: -1 } })
  })

  test('numbers that 32 bits cannot tell apart are refused', async () => {
    expect(
      await refusal(
        'close.tsv',
        table((i) => String(1_677_721_600 + i))
      )
    ).toBe(
      'The 102 different numbers of the column "score" are too close to one another for 32 bits, where 2 numbers would ' +
        'be left. Subtract what they have in common, or have the column read as classes (--as classes).'
    )
  })

  test('labels of edge probing beyond 2^53 stay as they are written', async () => {
    const content = edges((i) => `#${i % 3}`).replace(/"#(\d)"/g, (_match, digit: string) => `900719925474099${digit}`)
    const { info } = await open('large.jsonl', content)
    expect(info.spanLayers[0]!.classes).toEqual(['9007199254740990', '9007199254740991', '9007199254740992'])
  })
})

describe('which column holds the words', () => {
  test.each([
    ['without a header', '', '\t', 'column 2'],
    ['between spaces', '', ' ', 'column 2'],
    ['under names of its own', 'lexeme\treading_time\n', '\t', 'reading_time']
  ])('%s it is never the one of numbers', async (_title, header, separator, id) => {
    const { info, rows } = await open(
      'numbers.txt',
      words((i) => (i % 11 === 0 ? 'NaN' : number(i)), header, separator)
    )
    expect(rows[0]!.words).toEqual(['the', 'cat', 'sat0'])
    expect(info.splits[0]!.words).toBe(120)
    expect(info.labelLayers).toMatchObject([{ id, kind: 'number', labelled: 109 }])
  })
})

describe('headers', () => {
  const rows = (index: (i: number) => string, separator = ','): string =>
    texts.map((text, i) => [index(i), text, i % 2 ? 'no' : 'yes'].join(separator)).join('\n')
  test.each([
    ['of R', `"","text","label"\n${rows((i) => `"${i + 1}"`)}`],
    ['of a part that pandas drew', `,text,label\n${rows((i) => String((i * 37) % 999))}`]
  ])('%s', async (_title, content) => {
    const { info } = await open('index.csv', content)
    expect(info.splits[0]!.sentences).toBe(102)
    expect(info.labelLayers.map(({ id, classes }) => [id, classes])).toEqual([['label', ['no', 'yes']]])
  })

  test.each(['# word\tsense\n', '#word\tsense\n', 'Wort\ttag\n'])('%j', async (header) => {
    const { info } = await open(
      'header.tsv',
      words((i) => 'DNV'[i % 3]!, header)
    )
    expect(info.splits[0]!.words).toBe(120)
    expect(info.labelLayers[0]!.classes).toEqual(['D', 'N', 'V'])
  })

  test('columns between bars are named as such', async () => {
    expect(await refusal('bars.csv', table(() => 'yes').replaceAll('\t', '|'))).toBe(
      'bars.csv: no column holds labels; its fields seem to be separated by "|"; separate them by tabs, commas or ' +
        'semicolons.'
    )
  })
})

describe('documents', () => {
  const tagged = words((i) => 'DNV'[i % 3]!)
  test.each([
    ['marks.tsv', `-docstart-\tO\n\n${tagged}`, '-docstart-'],
    ['ontonotes.tsv', `#begin document (wsj); part 000\n${tagged}#end document\n`, '#begin'],
    [
      'marks.jsonl',
      `{"tokens":["-DOCSTART-"],"ner":["O"]}\n${lines((i) => ({ tokens: ['a', `b${i}`], ner: ['X', 'Y'] }))}`,
      '-DOCSTART-'
    ],
    [
      'marks.conllu',
      `1\t-DOCSTART-\t_\tX\t_\t_\t0\troot\t_\t_\n\n1\ta\t_\tX\t_\t_\t0\troot\t_\t_\n2\tb\t_\tY\t_\t_\t1\tdep\t_\t_\n\n`,
      '-DOCSTART-'
    ]
  ])('a mark in %s begins one and is no sentence', async (name, content, mark) => {
    const { info, rows, documents } = await open(name, content)
    expect(rows[0]!.words).not.toContain(mark)
    expect(documents[0]).toBe(0)
    expect(info.notes).toContain(
      `1 document mark (first: ${name}, line 1, "${mark}") is left out; a document begins there.`
    )
  })

  test.each([
    ['rows.csv', `doc_id,text,label\n${texts.map((text, i) => `d${Math.floor(i / 6)},${text},${i % 2}`).join('\n')}\n`],
    ['words.tsv', words((i) => `${'DNV'[i % 3]!}\td${Math.floor(i / 18)}`, 'word\tpos\tdocument_id\n')],
    ['lines.jsonl', lines((i) => ({ doc: `d${Math.floor(i / 6)}`, text: texts[i], label: i % 2 ? 'no' : 'yes' }))]
  ])('a column of them in %s', async (name, content) => {
    const { info, documents } = await open(name, content)
    expect(documents.slice(0, 14)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2])
    const store = new DatasetStore()
    const divided = await store.open({ paths: [files.write(name, content)] })
    expect(divided.warnings.join()).toContain(
      documents.at(-1)! >= 9 ? 'its documents were divided' : 'its sentences were divided'
    )
    const ignored = info.labelLayers.find(({ id }) => id.startsWith('doc'))
    expect(ignored).toBeUndefined()
  })
})

describe('JSON', () => {
  test('one value of another kind is refused with its line', async () => {
    const row = (i: number): object => ({ tokens: ['a', 'b', `c${i}`], ner: i === 50 ? 'O X O' : ['O', 'X', 'O'] })
    expect(await refusal('text.jsonl', lines(row))).toBe(
      'text.jsonl, line 51: the value under "ner" is not a list of labels.'
    )
    expect(
      await refusal(
        'list.jsonl',
        lines((i) => ({ text: texts[i], label: i === 50 ? ['a', 'b'] : 'a' }))
      )
    ).toBe('list.jsonl, line 51: the label under "label" is neither text nor a number.')
  })

  test('several labels of one text are no words', async () => {
    expect(
      await refusal(
        'many.jsonl',
        lines((i) => ({ text: texts[i], labels: i % 3 ? ['a'] : ['a', 'b'] }))
      )
    ).toBe('many.jsonl: no key holds labels; "labels" holds lists, and a sentence has one label of a kind.')
  })

  test('what is not read is warned of', async () => {
    const { info } = await open(
      'unread.jsonl',
      lines(
        (i) => ({ tokens: ['a', 'b', `c${i}`], pos: ['D', 'N', 'V'], ner: ['O', 'X'], ...(i > 1200 && { late: 'x' }) }),
        1600
      )
    )
    expect(info.warnings).toEqual([
      '399 values (first: unread.jsonl, line 1202) are not read: the first 1,000 objects, from which the labels are ' +
        'taken, have no key "late".',
      '1,600 lists (first: unread.jsonl, line 1, "ner") are not read: most of that key do not have an entry for every ' +
        'word.'
    ])
  })

  test('a no-break space is a word', async () => {
    const { rows } = await open(
      'nbsp.jsonl',
      lines((i) => ({ tokens: ['a', '\u00a0', `b${i}`], pos: ['X', 'Y', 'Z'] }))
    )
    expect(rows[0]!.words).toEqual(['a', '\u00a0', 'b0'])
  })
})

test('the same label name over two columns makes two data sets', async () => {
  const content = texts.map((text, i) => `${text}\t${i % 2}\t${i % 3}`).join('\n')
  const choice = (index: number): ColumnChoice => ({
    header: false,
    columns: [1, 2].map((column) =>
      column === index
        ? { index: column, name: 'mark', role: 'label' as const }
        : { index: column, role: 'ignore' as const }
    )
  })
  const [second, third] = [await open('two.tsv', content, choice(1)), await open('two.tsv', content, choice(2))]
  expect(second.info.labelLayers).toMatchObject([{ id: 'mark', classes: ['0', '1'] }])
  expect(third.info.labelLayers).toMatchObject([{ id: 'mark', classes: ['0', '1', '2'] }])
  expect(second.info.id).not.toBe(third.info.id)
})

test.each([
  ['table.pkl', Buffer.from([0x80, 4, 0x95, 1, 2, 3, 4, 5]), 'a pickle of Python'],
  ['text.xml', '<?xml version="1.0"?><tei><w>a</w></tei>', 'an XML document'],
  ['page.csv', '<?xml version="1.0"?>\n<!DOCTYPE html><html></html>', 'a web page']
])('%s is named', async (name, content, kind) => {
  expect(await refusal(name, content)).toContain(`${name}: this is ${kind}`)
})
