import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ColumnChoice, DatasetInfo, SentenceRow } from '@shared/dataset'
import { isUserError } from '@shared/userError'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'
import { temporaryFiles, wordLine } from './temporaryFiles'

/** Files as people have them, after reports to other tools: read right, or refused in a sentence that says what to do. */
const files = temporaryFiles()

type Opened = { info: DatasetInfo; rows: SentenceRow[] }

async function open(name: string, content: string | Uint8Array, choice?: ColumnChoice): Promise<Opened> {
  const store = new DatasetStore()
  const info = await store.open({ paths: [files.write(name, content)], splitNames: ['all'], choice })
  const count = info.splits[0]!.sentences
  return { info, rows: Array.from({ length: count }, (_unused, index) => store.sentence(info.id, 'all', index)) }
}

async function refusal(name: string, content: string | Uint8Array, choice?: ColumnChoice): Promise<string> {
  try {
    await open(name, content, choice)
    return 'opened'
  } catch (error) {
    if (!isUserError(error)) throw error
    return error.message
  }
}

const layer = ({ info }: Opened, id: string) => info.labelLayers.find((each) => each.id === id)!
const verbs = ['book', 'cancel', 'find', 'pay', 'send', 'open']
const texts = Array.from({ length: 102 }, (_, i) => `${verbs[i % 6]} my card number ${i}`)
const scores = (odd: string, every = 7): string =>
  'text,score\n' +
  `${texts.map((text, i) => `${text},${i % every === 0 ? odd : (1 + ((i * 37) % 101) / 10).toFixed(2)}`).join('\n')}\n`
const score = (as: 'classes' | 'numbers'): ColumnChoice => ({
  columns: [
    { index: 0, role: 'text' },
    { index: 1, role: 'label', as }
  ]
})

describe('a column of numbers with something else in it', () => {
  test.each(['NaN', 'N/A', 'NA', 'null', '-', 'about 3'])('%s is left out and counted', async (odd) => {
    const opened = await open('odd.csv', scores(odd))
    const { kind, labelled } = layer(opened, 'score')
    expect({ kind, labelled }).toEqual({ kind: 'number', labelled: 87 })
    expect(opened.info.warnings).toContain(
      `15 values of the column "score" ("${odd}") are not numbers and count as unlabelled.`
    )
    expect(opened.info.notes).toContain(
      'The column "score" holds 87 different numbers: it is read as a quantity, for regression; choose "classes" ' +
        '(--as classes) to read it as classes.'
    )
  })

  test.each([
    ['inf', 'inf'],
    ['-Infinity', '-Infinity'],
    ['1e400', '1e400'],
    ['1e39', '1e39']
  ])('%s is refused with its line', async (odd, shown) => {
    expect(await refusal('endless.csv', scores(odd))).toBe(
      `endless.csv, line 2: "${shown}" is not a finite 32-bit number, but the column "score" is read as numbers. ` +
        'Correct it, leave it empty, or have the column read as classes (--as classes).'
    )
  })

  test('what it is taken for can be overruled', async () => {
    expect(layer(await open('asked.csv', scores('NaN'), score('classes')), 'score').classes.length).toBe(88)
    expect(await refusal('asked.csv', scores('many'), score('numbers'))).toBe(
      'asked.csv, line 2: "many" is not a number, but the column "score" is to be read as numbers.'
    )
    const stars = `text,stars\n${texts.map((text, i) => `${text},${i % 5}`).join('\n')}\n`
    expect(layer(await open('stars.csv', stars), 'stars').kind).toBe('class')
    expect((await open('stars.csv', stars)).info.notes).toContain(
      'The column "stars" holds 5 different whole numbers: they are read as classes; choose "numbers" ' +
        '(--as numbers) to read them as numbers.'
    )
    expect(layer(await open('stars.csv', stars, score('numbers')), 'stars').range).toEqual({
      min: 0,
      max: 4,
      mean: 2 - 3 / 102
    })
  })

  test('decimal commas are numbers where half of the values have them', async () => {
    const content = `text;score\n${texts.map((text, i) => `${text};${i % 9},${i % 7}5`).join('\n')}\n`
    expect(layer(await open('comma.csv', content), 'score')).toMatchObject({
      kind: 'number',
      range: { min: expect.closeTo(0.05, 6) as number }
    })
  })

  test('ids of classes are classes, however many', async () => {
    const rows = Array.from({ length: 80 }, (_, i) => ({ tokens: ['a', `b${i}`], pos_tags: [i % 40, (i * 7) % 40] }))
    const content = rows.map((row) => JSON.stringify(row)).join('\n')
    const opened = await open('ids.jsonl', content)
    expect(layer(opened, 'pos_tags').classes.length).toBe(40)
    expect(opened.info.notes).toContain(
      'The column "pos_tags" holds 40 different whole numbers under a name that suggests ids: they are read as ' +
        'classes; choose "numbers" (--as numbers) to read them as numbers.'
    )
    const asked = { columns: [{ index: 1, name: 'pos_tags', role: 'label', as: 'numbers' }] } satisfies ColumnChoice
    expect(layer(await open('ids.jsonl', content, asked), 'pos_tags').kind).toBe('number')
  })
})

describe('headers', () => {
  test('an index that pandas writes has no name', async () => {
    const rows = texts.slice(0, 48).map((text, i) => `${i},${text},${i % 2 ? 'no' : 'yes'}`)
    const opened = await open('pandas.csv', `,text,label\n${rows.join('\n')}\n`)
    expect(opened.rows).toHaveLength(48)
    expect(opened.info.labelLayers.map(({ id, classes }) => [id, classes])).toEqual([['label', ['no', 'yes']]])
  })

  const sentences = (label: (i: number) => string): string =>
    Array.from(
      { length: 36 },
      (_, i) => `we\t${label(3 * i)}\nsaw\t${label(3 * i + 1)}\ncat${i}\t${label(3 * i + 2)}\n`
    ).join('\n')

  test('labels may be called anything where the words are called words', async () => {
    const opened = await open('sense.tsv', `word\tsense\n${sentences((i) => 'NVA'[i % 3]!)}`)
    expect(opened.info.splits[0]!.words).toBe(108)
    expect(layer(opened, 'sense').classes).toEqual(['A', 'N', 'V'])
  })

  test('a name over numbers is a name', async () => {
    const opened = await open('surprisal.tsv', `word\tsurprisal\n${sentences((i) => (i * 1.37).toFixed(3))}`)
    expect(opened.rows[0]!.words).toEqual(['we', 'saw', 'cat0'])
    expect(layer(opened, 'surprisal')).toMatchObject({ kind: 'number', labelled: 108 })
  })

  test('a file of nothing but a header', async () => {
    expect(await refusal('header.csv', 'text,label\n')).toBe(
      'header.csv: there is no row under the header; if its first row is data, say so (header: no).'
    )
  })

  test('the first line of Excel says what separates', async () => {
    const opened = await open(
      'sep.csv',
      `sep=;\ntext;label\n${texts
        .slice(0, 48)
        .map((text, i) => `${text};${i % 2 ? 'no' : 'yes'}`)
        .join('\n')}\n`
    )
    expect(opened.rows).toHaveLength(48)
    expect(layer(opened, 'label').classes).toEqual(['no', 'yes'])
  })
})

describe('tables', () => {
  test('quotes doubled within quotes are those of Excel, in TSV too', async () => {
    const content = `text\tlabel\n${texts
      .slice(0, 48)
      .map((_text, i) => `"book my ""card"", ${i}"\t${i % 2 ? 'no' : 'yes'}`)
      .join('\n')}\n`
    expect((await open('quoted.tsv', content)).rows[0]!.text).toBe('book my "card", 0')
  })

  test('lines that end in CR alone', async () => {
    const opened = await open(
      'mac.csv',
      `text,label\r${texts
        .slice(0, 8)
        .map((text, i) => `${text},${i % 2 ? 'no' : 'yes'}`)
        .join('\r')}`
    )
    expect(opened.rows).toHaveLength(8)
    expect(opened.info.notes).toContain(
      '1 file (first: mac.csv) has lines that end in CR alone, as saved by old Mac programs; they are read as lines.'
    )
  })

  test('a no-break space is a word', async () => {
    const { rows } = await open(
      'nbsp.conll',
      'we PRP O\nsaw VBD O\n\u00a0 SP O\ncats NNS B-ANI\n. . O\n\nwe PRP O\n. . O\n'
    )
    expect(rows[0]!.words).toEqual(['we', 'saw', '\u00a0', 'cats', '.'])
  })

  test.each(['-DOCSTART- (1)\tO', '-DOCSTART-\tO', '-DOCSTART- -X- O\tO'])('%j begins a document', async (mark) => {
    const { info, rows } = await open(
      'marks.conll',
      `${mark}\n\nwe\tO\nsaw\tO\ncats\tB-ANI\n\n${mark}\n\nwe\tO\n.\tO\n`
    )
    expect(rows.map(({ words }) => words)).toEqual([
      ['we', 'saw', 'cats'],
      ['we', '.']
    ])
    expect(info.notes).toContain(
      '2 document marks (first: marks.conll, line 1, "-DOCSTART-") are left out; a document begins there.'
    )
  })

  test('a quote that is never closed is found in one pass over the lines', async () => {
    const lines = Array.from({ length: 160_000 }, () => 'a,b')
    expect(
      await refusal(
        'unclosed.csv',
        `text,label\n${texts
          .slice(0, 20)
          .map((text) => `${text},x`)
          .join('\n')}\n"never closed,y\n${lines.join('\n')}\n`
      )
    ).toBe('unclosed.csv, line 22: the quoted field that begins here is never closed; close it, or switch quoting off.')
  })
})

describe('tags of spans', () => {
  test.each([
    ['BILOU', 'B-LOC L-LOC O U-ANI'],
    ['BMES', 'B-LOC E-LOC O S-ANI'],
    ['BMEWO', 'B-LOC E-LOC O W-ANI'],
    ['IOB1', 'I-LOC I-LOC O I-ANI'],
    ['letters behind', 'LOC-B LOC-I O ANI-B']
  ])('%s', async (_scheme, tags) => {
    const sentence = tags
      .split(' ')
      .map((tag, i) => `w${i}\t${tag}`)
      .join('\n')
    const { info } = await open('tags.tsv', `word\tner\n${Array.from({ length: 20 }, () => sentence).join('\n\n')}\n`)
    expect(info.tasks.find(({ id }) => id === 'ner.spans')).toMatchObject({ classes: ['ANI', 'LOC'], labelled: 40 })
    expect(info.tasks.find(({ id }) => id === 'ner')).toMatchObject({ bio: true })
  })
})

describe('JSON', () => {
  const row = (i: number): string => `{"tokens": ["we", "saw", "cat${i}"], "ner": ["O", "O", "B-ANI"]}`
  test('one list of another length is refused with its line', async () => {
    const lines = Array.from({ length: 48 }, (_, i) => row(i))
    lines[20] = '{"tokens": ["we", "saw", "cats"], "ner": ["O", "O", "B-ANI", "O"]}'
    expect(await refusal('long.jsonl', lines.join('\n'))).toBe(
      'long.jsonl, line 21: 3 words but 4 labels under "ner"; each word needs one label (null for none).'
    )
  })

  test('NaN is not a label, Infinity is refused', async () => {
    const lines = texts.map((text, i) => `{"text": "${text}", "score": ${i % 7 ? (i / 7).toFixed(3) : 'NaN'}}`)
    expect(layer(await open('nan.jsonl', lines.join('\n')), 'score')).toMatchObject({ kind: 'number', labelled: 87 })
    lines[3] = '{"text": "NaN is a text", "score": Infinity}'
    expect(await refusal('endless.jsonl', lines.join('\n'))).toBe(
      'endless.jsonl, line 4: the label under "score" is an infinite number, or one too large for 64 bits; write ' +
        'null for a missing label.'
    )
  })

  test('whole numbers beyond 2^53 stay as they are written', async () => {
    const ids = ['9007199254740992', '9007199254740993', '9007199254740994']
    const lines = texts.slice(0, 48).map((text, i) => `{"text": "${text} 9007199254740993", "label": ${ids[i % 3]}}`)
    const opened = await open('large.jsonl', lines.join('\n'))
    expect(layer(opened, 'label').classes).toEqual(ids)
    expect(opened.rows[0]!.text).toBe(`${texts[0]} 9007199254740993`)
  })

  test('lists within lists end in a sentence', async () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
    expect(await refusal('deep.jsonl', `{"text": "a", "label": ${deep}}`)).toBe(
      'deep.jsonl, line 1: lists and objects are nested more than 100 levels deep.'
    )
    expect(await refusal('deep.json', `[{"text": "a", "label": ${deep}}]`)).toBe(
      'deep.json: lists and objects are nested more than 100 levels deep.'
    )
  })
})

describe('treebanks', () => {
  const sentence = (words: number, form: (i: number) => string, feats = (_i: number): string => '_'): string =>
    Array.from({ length: words }, (_, i) =>
      wordLine({
        id: i + 1,
        form: form(i),
        upos: i % 2 ? 'NOUN' : 'VERB',
        head: i === 0 ? 0 : 1,
        deprel: 'dep',
        feats: feats(i)
      })
    ).join('\n')

  test('one without its words is refused', async () => {
    expect(await refusal('bare.conllu', `${sentence(12, () => '_')}\n\n`)).toBe(
      'bare.conllu: every word is "_": the text of this treebank is licensed separately. Merge it in, as the ' +
        "treebank's README says, and open the result."
    )
    expect(await refusal('half.conllu', `${sentence(12, (i) => (i < 8 ? '_' : 'a'))}\n\n`)).toContain(
      'half.conllu: 8 words of 12 is "_"'
    )
  })

  test('a sentence of 130,000 words is refused with its line', async () => {
    expect(await refusal('long.conllu', `${sentence(130_000, (i) => `w${i % 9}`)}\n\n`)).toBe(
      'long.conllu, line 1: the sentence that begins here has 130,000 words, more than any sentence has (50,000); ' +
        'separate the sentences, usually by a blank line.'
    )
  })

  test('20,000 names of features are refused with their line', async () => {
    const features = Array.from({ length: 20_000 }, (_, i) => `F${String(i).padStart(5, '0')}=x`).join('|')
    expect(
      await refusal(
        'features.conllu',
        `${sentence(
          2,
          (i) => `w${i}`,
          () => features
        )}\n\n`
      )
    ).toBe(
      'features.conllu, line 1: by this line the file has 20,000 different feature names (column FEATS), and no ' +
        'treebank has more than 500; move anything that is not a feature to column MISC.'
    )
  })

  test('a document of a million sentences is divided', async () => {
    const { drawTrainSentences } = await import('../../../src/main/engine/datasets/partition')
    const sentences = 1_000_000
    const split = {
      starts: Int32Array.from({ length: sentences + 1 }, (_, i) => i),
      forms: new Int32Array(sentences),
      spans: new Map(),
      sentenceColumns: new Map([['# newdoc', new Int32Array(sentences)]])
    } as unknown as Parameters<typeof drawTrainSentences>[0]
    expect(drawTrainSentences(split, 0.8, 1, 'document').train).toHaveLength(sentences)
  })
})

test('classes that training never shows are warned of', async () => {
  const table = (yes: string, no: string, first: number): string =>
    'text,label\n' +
    `${Array.from({ length: 30 }, (_, i) => `book my card item ${first + i},${i % 2 ? no : yes}`).join('\n')}\n`
  const paths = [files.write('x-train.csv', table('yes', 'no', 0)), files.write('x-test.csv', table('Yes', 'No', 100))]
  expect((await new DatasetStore().open({ paths })).warnings).toContain(
    '"label": all 30 labels of test are classes that do not occur in train ("No", "Yes"); a probe cannot get them ' +
      'right.'
  )
})

describe('the field cases, where they are there', () => {
  const shared = '../shared/field-cases'
  const folders = existsSync(shared)
    ? [shared, join(shared, 'hardening')].flatMap((root) => readdirSync(root).map((name) => join(root, name)))
    : []
  const inputs = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /\.(csv|tsv|jsonl|conll|conllu|csv\.gz|conllu\.gz)$/.test(name))
      .map((name) => join(folder, name))
  )
  if (!inputs.length) console.warn(`The field cases were not tried: ${shared} is not there.`)

  test('every file opens or is refused in a sentence', async (context) => {
    if (!inputs.length) return context.skip(`${shared} is not there`)
    const seen: string[] = []
    for (const path of inputs) {
      try {
        await new DatasetStore().open({ paths: [path] })
        seen.push('opened')
      } catch (error) {
        if (!isUserError(error)) throw error
        seen.push(error.message)
        expect(error.message.length).toBeLessThan(2000)
      }
    }
    expect(seen).toHaveLength(inputs.length)
  })
})
