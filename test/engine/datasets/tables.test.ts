import { readFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { ColumnChoice, DatasetInfo, SentenceRow } from '@shared/dataset'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'
import { temporaryFiles } from './temporaryFiles'

const files = temporaryFiles()

async function read(
  name: string,
  content: string | Uint8Array,
  choice?: ColumnChoice
): Promise<{ info: DatasetInfo; rows: SentenceRow[] }> {
  const store = new DatasetStore()
  const info = await store.open({ paths: [files.write(name, content)], splitNames: ['all'], choice })
  return {
    info,
    rows: Array.from({ length: info.splits[0]?.sentences ?? 0 }, (_unused, index) =>
      store.sentence(info.id, 'all', index)
    )
  }
}

const wordsAndLabels = ({ words, labels }: SentenceRow): unknown => ({ words, ...labels })

describe('a word a line', () => {
  test('with a header, in every delimiter, gzipped or not', async () => {
    const rows = [['word', 'pos'], ['The', 'DET'], ['cat', 'NOUN'], [], ['Dogs', 'NOUN'], ['bark', 'VERB']]
    const table = (delimiter: string): string => `${rows.map((row) => row.join(delimiter)).join('\n')}\n`
    const expected = [
      { words: ['The', 'cat'], pos: ['DET', 'NOUN'] },
      { words: ['Dogs', 'bark'], pos: ['NOUN', 'VERB'] }
    ]
    expect((await read('a.tsv', table('\t'))).rows.map(wordsAndLabels)).toEqual(expected)
    expect((await read('a.csv', table(','))).rows.map(wordsAndLabels)).toEqual(expected)
    expect((await read('semicolon.csv', table(';'))).rows.map(wordsAndLabels)).toEqual(expected)
    expect((await read('a.txt', table(' '))).rows.map(wordsAndLabels)).toEqual(expected)
    expect((await read('a.tsv.gz', gzipSync(table('\t').replaceAll('\n', '\r\n')))).rows.map(wordsAndLabels)).toEqual(
      expected
    )
  })

  test('quotes are words in TSV and enclose fields in CSV', async () => {
    const tsv = await read('quotes.tsv', 'word\tpos\n"\tPUNCT\nhi\tINTJ\n""\tPUNCT\n')
    expect(tsv.rows.map(wordsAndLabels)).toEqual([{ words: ['"', 'hi', '""'], pos: ['PUNCT', 'INTJ', 'PUNCT'] }])
    expect(tsv.info.warnings).toEqual([])
    const csv = await read('quotes.csv', 'word,pos\n"""",PUNCT\nhi,INTJ\n",",PUNCT\n5" pipe,NOUN\n')
    expect(csv.rows.map(wordsAndLabels)).toEqual([
      { words: ['"', 'hi', ',', '5" pipe'], pos: ['PUNCT', 'INTJ', 'PUNCT', 'NOUN'] }
    ])
    const chosen = await read('quoted.tsv', 'word\tpos\n"the"\tDET\n"cat"\tNOUN\n')
    expect(chosen.info.warnings).toEqual([
      '2 fields (first: quoted.tsv, line 2, "\\"the\\"") begin and end with a double quote, which is read as ' +
        'text; switch quoting on if the quotes enclose the field.'
    ])
    expect(
      (await read('quoted.tsv', 'word\tpos\n"the"\tDET\n"cat"\tNOUN\n', { quoting: true })).rows[0]?.words
    ).toEqual(['the', 'cat'])
  })

  test('a hashtag is a word, a comment is none', async () => {
    const { rows, info } = await read(
      'tweets.conll',
      '# sent_id = t1\n# text = #hi there\n#hi\tX\nthere\tADV\n\n#\tSYM\n1\tNUM\n\n'
    )
    expect(rows.map(({ id, words, spaceAfter }) => [id, words, spaceAfter])).toEqual([
      ['t1', ['#hi', 'there'], [true, true]],
      ['all-2', ['#', '1'], [true, true]]
    ])
    expect(info.notes).toContain(
      '2 comment lines (first: tweets.conll, line 1): sent_id and text are used, the others skipped.'
    )
  })

  test('a comment with the text tells where spaces stand', async () => {
    const { rows } = await read(
      'text.tsv',
      "# text = I don't.\nI\tA\ndo\tB\nn't\tB\n.\tA\n\n# text = something else\nno\tA\n"
    )
    expect(rows.map(({ spaceAfter, text }) => [text, spaceAfter])).toEqual([
      ["I don't.", [true, false, false, true]],
      ['something else', [true]]
    ])
  })

  test('sentences recognised by a number that changes, or by a count that starts again', async () => {
    const byNumber = await read('numbers.csv', 'sent_id,word,tag\n1,a,X\n1,b,Y\n2,c,X\n3,d,Y\n3,e,X\n')
    expect(byNumber.rows.map(({ id, words }) => [id, words])).toEqual([
      ['1', ['a', 'b']],
      ['2', ['c']],
      ['3', ['d', 'e']]
    ])
    const byCount = await read('counts.tsv', '1\ta\tX\n2\tb\tY\n1\tc\tX\n2\td\tY\n2.1\te\tX\n3-4\tf\tX\n3\tg\tX\n')
    expect(byCount.rows.map(({ words }) => words)).toEqual([
      ['a', 'b'],
      ['c', 'd', 'g']
    ])
    expect(byCount.info.notes).toContain(
      '2 lines (first: counts.tsv, line 5, "2.1") whose number is a range or a decimal are left out: they are not ' +
        'words.'
    )
  })

  test('the user decides: other words, other labels, other names', async () => {
    const content = 'the\tDT\tB\ncat\tNN\tI\n\nsat\tVB\tB\n'
    const guessed = await read('choice.tsv', content)
    expect(guessed.info.labelLayers.map(({ id }) => id)).toEqual(['column 2', 'column 3'])
    const chosen = await read('choice.tsv', content, {
      columns: [
        { index: 1, name: 'tag', role: 'word' },
        { index: 2, name: 'chunk', role: 'label' }
      ]
    })
    expect(chosen.rows.map(wordsAndLabels)).toEqual([
      { words: ['DT', 'NN'], chunk: ['B', 'I'] },
      { words: ['VB'], chunk: ['B'] }
    ])
    const headed = await read('choice.tsv', content, { header: true })
    expect(headed.rows.map(wordsAndLabels)).toEqual([
      { words: ['cat'], DT: ['NN'], B: ['I'] },
      { words: ['sat'], DT: ['VB'], B: ['B'] }
    ])
  })

  test('missing labels are counted and left out', async () => {
    const { info, rows } = await read('missing.tsv', 'word\ttag\na\tX\nb\t_\nc\t\nd\tY\n')
    expect(rows[0]?.labels.tag).toEqual(['X', null, null, 'Y'])
    expect(info.labelLayers[0]).toMatchObject({ labelled: 2, classes: ['X', 'Y'], counts: [1, 1] })
    expect(info.notes).toEqual([
      '2 fields (first: missing.tsv, line 3, in "tag") are "_" or empty and count as unlabelled.'
    ])
  })

  test('a long file without blank lines is warned of', async () => {
    const { info } = await read('run-on.tsv', `word\ttag\n${'a\tX\nb\tY\n'.repeat(150)}`)
    expect(info.warnings[0]).toBe(
      'run-on.tsv: there is no blank line between the rows, so all of them are one sentence; choose a column of ' +
        'sentence numbers or one sentence a row.'
    )
  })

  test('a column of quantities is a number', async () => {
    const { info } = await read('norms.tsv', 'word\tpos\tconcreteness\ncat\tN\t4.86\nidea\tN\t1.61\nrun\tV\t4\n')
    expect(info.labelLayers.find(({ id }) => id === 'concreteness')).toMatchObject({
      kind: 'number',
      classes: [],
      labelled: 3,
      range: { min: expect.closeTo(1.61, 5), max: expect.closeTo(4.86, 5), mean: expect.closeTo(3.49, 5) }
    })
  })
})

describe('a sentence a row', () => {
  test('CSV with quotes, line ends within fields and empty rows', async () => {
    const { rows, info } = await read(
      'intents.csv',
      'id,text,intent\nq1,"Book a table, please",food\n\nq2,"He said ""now""\nand left",talk\nq3,plain,talk\n'
    )
    expect(rows.map(({ id, text, words, sentenceLabels }) => [id, text, words, sentenceLabels.intent])).toEqual([
      ['q1', 'Book a table, please', ['Book', 'a', 'table', ',', 'please'], 'food'],
      ['q2', 'He said "now" and left', ['He', 'said', '"', 'now', '"', 'and', 'left'], 'talk'],
      ['q3', 'plain', ['plain'], 'talk']
    ])
    expect(info.labelLayers).toMatchObject([
      { id: 'intent', unit: 'sentence', classes: ['talk', 'food'], counts: [2, 1] }
    ])
  })

  test('more rows than one batch of the CSV parser, with line numbers kept', async () => {
    const rows = Array.from(
      { length: 2500 },
      (_unused, index) => `"text, number ${index}",${index % 2 ? 'odd' : 'even'}`
    )
    const { info } = await read('many.csv', `text,parity\n${rows.join('\n')}\n`)
    expect(info.splits[0]?.sentences).toBe(2500)
    rows[2200] = '"text","odd","more"'
    await expect(read('many.csv', `text,parity\n${rows.join('\n')}\n`)).rejects.toThrow(
      'many.csv, line 2202: 3 columns where the other rows have 2'
    )
  })

  test('a table without header is recognised, and rows without text are left out', async () => {
    const rows = [
      'yes\tI am happy today',
      'no\tI am sad today',
      'yes\tsomething else here',
      'no\t ',
      'yes\tand one more row',
      'no\tthe last of them all'
    ]
    const { info, rows: read1 } = await read('plain.tsv', `${rows.join('\n')}\n`)
    expect(read1).toHaveLength(5)
    expect(info.labelLayers).toMatchObject([{ id: 'column 1', classes: ['yes', 'no'] }])
    expect(info.warnings).toEqual(['1 sentence (first: plain.tsv, line 4) without a word is left out.'])
  })
})

test('the bundled CLINC150 has ten domains of fifteen intents each', async () => {
  const store = new DatasetStore()
  const info = await store.open({ paths: ['resources/datasets/clinc150'] })
  expect(info.splits.map(({ name, sentences }) => [name, sentences])).toEqual([
    ['train', 7500],
    ['dev', 3000],
    ['test', 4500]
  ])
  expect(info.labelLayers.map(({ id, unit, classes, labelled }) => [id, unit, classes.length, labelled])).toEqual([
    ['domain', 'sentence', 10, 15_000],
    ['intent', 'sentence', 150, 15_000]
  ])
  expect(info).toMatchObject({ id: 'clinc150', builtin: true, licence: 'CC BY 3.0', notes: [] })
  const lines = gunzipSync(readFileSync('resources/datasets/clinc150/clinc150-dev.tsv.gz'))
    .toString()
    .trimEnd()
    .split('\n')
    .slice(1)
  const texts = lines.map((line) => line.split('\t')[0]?.replace(/\s+/g, ' ').trim())
  expect(texts.map((_text, index) => store.sentence(info.id, 'dev', index).text)).toEqual(texts)
})
