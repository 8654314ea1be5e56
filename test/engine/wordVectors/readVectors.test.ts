import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { JobCancelled, silentJob } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { DecimalReader } from '../../../src/main/engine/wordVectors/decimal'
import { recogniseVectors, type VectorFormat } from '../../../src/main/engine/wordVectors/format'
import { WordIndex } from '../../../src/main/engine/wordVectors/wordIndex'
import { readVectors, type WordVectors } from '../../../src/main/engine/wordVectors/wordVectors'
import { binary, file, read } from './files'

const fixtures = 'test/fixtures/vectors'
const expected = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as {
  words: string[]
  width: number
  spaced: string[]
  float32: string
}
const theirs = new Uint8Array(Buffer.from(expected.float32, 'base64'))

function wordsOf({ words }: WordVectors): string[] {
  return Array.from({ length: words.size }, (_, i) => words.word(i))
}

/** Rows from `first` on, as bytes: compared to the bit. */
function bitsOf({ table }: WordVectors, first: number, rows: number): Uint8Array {
  const values = new Float32Array(rows * table.width)
  for (let row = 0; row < rows; row++) table.copy(first + row, values, row * table.width)
  return new Uint8Array(values.buffer)
}

describe('files that gensim wrote', () => {
  test.each<[string, VectorFormat, number]>([
    ['word2vec.txt', 'word2vecText', 0],
    ['word2vec.bin', 'word2vecBinary', 0],
    ['word2vec-lines.bin', 'word2vecBinary', 0],
    ['fasttext.vec', 'word2vecText', 1],
    ['glove.txt', 'glove', 0],
    ['glove.txt.gz', 'glove', 0]
  ])('%s: words and every bit of their vectors as gensim reads them', async (name, format, first) => {
    const path = join(fixtures, name)
    expect(await recogniseVectors(path)).toMatchObject({ format, width: expected.width, gzipped: name.endsWith('.gz') })
    const ours = await read(path)
    expect(wordsOf(ours).slice(first, first + expected.words.length)).toEqual(expected.words)
    expect(Buffer.from(bitsOf(ours, first, expected.words.length)).equals(theirs)).toBe(true)
    expect(ours.notes).toEqual([])
  })

  test('a word may hold spaces: the last fields are its vector', async () => {
    const glove = await read(join(fixtures, 'glove.txt'))
    expect(wordsOf(glove).slice(-2)).toEqual(expected.spaced)
    const vector = new Float32Array(expected.width)
    glove.table.copy(glove.words.find('at name@domain.com'), vector, 0)
    expect([...vector]).toEqual(Array.from({ length: expected.width }, (_, j) => j * 0.25))
  })
})

test('numbers of every spelling are rounded as Number rounds them', () => {
  const reader = new DecimalReader()
  const texts = [
    '0',
    '-0',
    '1',
    '+2.5',
    '.5',
    '5.',
    '0.1',
    '123456789012345',
    '1234567890123456789',
    '0.1234567890123456789',
    '1e22',
    '1e23',
    '-1E-23',
    '3.4028235e38',
    '4.9e-324',
    '1e400',
    '0.000000000000000000000000001',
    '9007199254740993',
    '2.2250738585072011e-308'
  ]
  for (const text of texts) {
    const bytes = Buffer.from(`${text} `)
    expect(Object.is(reader.read(bytes, 0, bytes.length - 1), Number(text)), text).toBe(true)
    expect(reader.end, text).toBe(text.length)
  }
  for (const text of ['', '-', '.', 'e5', 'nan', '1e', 'x1'])
    expect(reader.read(Buffer.from(text), 0, text.length), text).toBeNaN()
})

test('the index holds a hundred thousand words and finds each of them, and no other', () => {
  const index = new WordIndex()
  const word = (i: number): string => `${i.toString(36)}é${i % 7}`
  for (let i = 0; i < 100_000; i++) {
    const bytes = Buffer.from(word(i))
    if (!index.add(bytes, 0, bytes.length)) throw new Error(`Word ${i} was taken for another.`)
  }
  const again = Buffer.from(word(77))
  expect(index.add(again, 0, again.length)).toBe(false)
  for (let i = 0; i < 100_000; i += 13)
    if (index.find(word(i)) !== i || index.word(i) !== word(i)) throw new Error(`Word ${i} was not found.`)
  expect(index.find('100000')).toBe(-1)
  expect(index.size).toBe(100_000)
})

describe('notes', () => {
  test('of a word that occurs twice the first vector is kept', async () => {
    const { words, table, notes } = await read(file('a.vec', '3 2\nsame 1 2\nother 3 4\nsame 5 6\n'))
    const vector = new Float32Array(2)
    table.copy(words.find('same'), vector, 0)
    expect([...vector]).toEqual([1, 2])
    expect(notes).toEqual(['1 word stood in the file again; the first vector of each was kept.'])
  })

  test('a word cut in the middle of a character is left out', async () => {
    const many = Array.from({ length: 150 }, (_, i) => `word${i} 1 2`).join('\n')
    const { words, notes } = await read(
      file('a.vec', Buffer.concat([Buffer.from(`151 2\n${many}\n`), Buffer.from([0x63, 0xc3]), Buffer.from(' 3 4\n')]))
    )
    expect(words.size).toBe(150)
    expect(notes).toEqual(['1 word is not UTF-8 (word2vec cuts long words at a byte) and was left out.'])
  })

  test('more words than announced are all read', async () => {
    const { words, notes } = await read(file('a.vec', '1 2\na 1 2\nb 3 4\n'))
    expect(words.size).toBe(2)
    expect(notes).toEqual(['The first line announces 1 word, and there are 2; all were read.'])
  })

  test('what does not fit is cut to a round number of the first words', async () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `w${i} 0.5 ${i}`).join('\n')
    const { words, notes } = await read(file('a.vec', `30000 2\n${lines}\n`), { memoryBytes: 25_000 * 40 })
    expect(words.size).toBe(20_000)
    expect(words.word(19_999)).toBe('w19999')
    expect(notes).toEqual([
      'Only the first 20,000 words of the 30,000 were read, which is what fits into memory; in files of this kind ' +
        'the most frequent words stand first.'
    ])
  })
})

test('reading stops when it is cancelled, and reports bytes', async () => {
  const lines = Array.from({ length: 60_000 }, (_, i) => `w${i} 0.123456789 0.123456789 0.123456789`).join('\n')
  const path = file('a.vec', `60000 3\n${lines}\n`)
  const seen: number[] = []
  const job = {
    ...silentJob(),
    progress: (done: number) => void seen.push(done),
    yield: () => (seen.length > 1 ? Promise.reject(new JobCancelled()) : Promise.resolve())
  }
  await expect(readVectors(path, (await recogniseVectors(path))!, job)).rejects.toThrow(JobCancelled)
  expect(seen).toEqual([1 << 20, 2 << 20])
})

describe('refused', () => {
  const refused = async (path: string, sentence: string, memoryBytes?: number): Promise<void> => {
    await expect(read(path, memoryBytes === undefined ? {} : { memoryBytes })).rejects.toThrow(new UserError(sentence))
  }
  const good = 'a 1 2 3 4 5\nb 1 2 3 4 5\nc 1 2 3 4 5\n'

  test('a line with too few numbers', () =>
    refused(
      file('g.txt', `${good}d 1 2 3 4\n`),
      'g.txt, line 4: 4 numbers where the vectors of this file have 5; the line is damaged or the file was cut off.'
    ))

  test('a text where a number is expected', () =>
    refused(file('g.txt', `${good}d 1 2 x 4 5\n`), 'g.txt, line 4: "x" where a number of the vector is expected.'))

  test('NaN in text', () =>
    refused(file('v.vec', '2 2\na 1 2\nb nan 2\n'), 'v.vec, line 3: "nan" where a number of the vector is expected.'))

  test('NaN in binary', () =>
    refused(
      file(
        'v.bin',
        binary(
          '2 3\n',
          ['a', 'b'],
          [
            [1, -2, 3],
            [1, NaN, 3]
          ]
        )
      ),
      'v.bin: the vector of word 2, "b", holds NaN, which is not a number; the file is damaged, so copy or ' +
        'download it again.'
    ))

  test('a text that ends early', () =>
    refused(
      file('v.vec', '3 2\na 1 2\nb 1 2\n'),
      'v.vec: the file ends after 2 of the 3 words that its first line announces; it is incomplete, so copy or ' +
        'download it again.'
    ))

  test('a binary that ends early', () =>
    refused(
      file(
        'v.bin',
        binary(
          '2 3\n',
          ['a', 'b'],
          [
            [1, -2, 3],
            [1, 2, 3]
          ]
        ).subarray(0, -1)
      ),
      'v.bin: the file ends after 1 of the 2 words that its first line announces; it is incomplete, so copy or ' +
        'download it again.'
    ))

  test('a gzip that ends early', () => {
    const whole = readFileSync(join(fixtures, 'glove.txt.gz'))
    return refused(
      file('g.txt.gz', whole.subarray(0, -200)),
      'g.txt.gz: the gzip file ends too early; it is incomplete, so copy or download it again.'
    )
  })

  test('a binary without words', () =>
    refused(
      file('v.bin', Buffer.concat([binary('9 3\n', ['a'], [[1, -2, 3]]), Buffer.alloc(5000, 0xff)])),
      'v.bin: there is no word where word 2 is expected; the file is damaged, so copy or download it again.'
    ))

  test('another encoding', () =>
    refused(
      file('v.vec', Buffer.from('2 2\ncafé 1 2\nthé 1 2\n', 'latin1')),
      'v.vec: 2 of 2 words are not UTF-8; save the file as UTF-8 and open it again.'
    ))

  test('no words at all', () => refused(file('v.vec', '0 2\n'), 'v.vec: there is no word in this file.'))

  test('more than the memory there is, before it is read', () =>
    refused(
      file(
        'v.bin',
        Buffer.concat([binary('3000000 300\n', ['a'], [Array.from({ length: 300 }, () => -1.5)]), Buffer.alloc(10)])
      ),
      'v.bin: 3,000,000 words of 300 numbers need 3.7 GB of memory, and 0.010 GB can be had. Close other programs, ' +
        'or open a file with fewer words or narrower vectors.',
      1e7
    ))

  test('a line without end', () =>
    refused(
      file('v.vec', `2 2\na 1 2\n${'b'.repeat((1 << 24) + 1)}`),
      'v.vec, line 3: the line is longer than 16,777,216 bytes, which no vector is.'
    ))
})

describe('not word vectors', () => {
  test.each<[string, string | Uint8Array]>([
    ['a data set', 'The\tDET\ncat\tNOUN\n\n'],
    ['a table of numbers', '1 2 3 4 5 6\n2 3 4 5 6 7\n'],
    ['two counts and a text', '12 30\nSome sentence.\nAnother one.\n'],
    ['a list of words', 'the\nof\nand\n'],
    ['words with their counts', 'the 1200 3\nof 900 2\n'],
    ['a pickle', Buffer.from('80027d71002e', 'hex')],
    ['a zip', Buffer.from('504b0304140000000800', 'hex')],
    ['nothing', '']
  ])('%s is not recognised', async (_title, content) => {
    expect(await recogniseVectors(file('a.txt', content))).toBeNull()
  })
})
