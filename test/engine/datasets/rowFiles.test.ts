import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'
import { rowFileKind, rowLines } from '../../../src/main/engine/datasets/shards/rowFiles'
import { readPairs } from '../../../src/main/engine/minimalPairs/readPairs'
import { parseDataJson } from '../../../src/main/engine/files/pythonJson'
import { drawnSplit } from '@shared/drawing'
import { temporaryFiles } from './temporaryFiles'

const fixtures = 'test/fixtures/datasets/rows'
const files = temporaryFiles()
const expected = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as unknown[]

async function rowsOf(path: string): Promise<unknown[]> {
  const rows: unknown[] = []
  for await (const { lines } of rowLines(path, rowFileKind(path)!)) rows.push(...lines.map(parseDataJson))
  return rows
}

const bytesOf = (file: string): Buffer => readFileSync(join(fixtures, file))

describe('rows are those that pyarrow reads', () => {
  test.each([
    ...['none', 'snappy', 'zstd', 'gzip', 'brotli', 'lz4', 'pages'].map((name) => `${name}.parquet`),
    'batches.arrow',
    'stream.arrow',
    'zstd.feather'
  ])('%s', async (file) => {
    expect(await rowsOf(join(fixtures, file))).toEqual(expected)
  })

  test('LZ4 in blocks that refer to those before them', async () => {
    const rows = await rowsOf(join(fixtures, 'lz4.feather'))
    expect(rows).toHaveLength(3000)
    rows.forEach((row, i) =>
      expect(row).toEqual({ text: `word ${i % 50} of sentence ${i}`, label: i % 2 === 0 ? 'x' : 'y' })
    )
  })
})

describe('a data set of rows', () => {
  test('has the words, the names of the classes and the fields of structs', async () => {
    const store = new DatasetStore()
    const choice = { columns: [{ index: 12, name: 'translation.en', role: 'label' as const }] }
    const info = await store.open({ paths: [join(fixtures, 'snappy.parquet')], splitNames: ['all'], choice })
    const id = info.labelLayers.map((layer) => layer.id)
    expect(id).toEqual(expect.arrayContaining(['ner_tags', 'genre', 'topic', 'translation.en']))
    const row = store.sentence(info.id, 'all', 4)
    expect(row).toMatchObject({ id: 's4', words: ['😀', 'in', 'Paris', '.', 'Ada'] })
    expect(row.labels.ner_tags).toEqual([null, 'B-LOC', 'I-PER', 'B-PER', 'O'])
    expect(row.sentenceLabels).toMatchObject({ genre: 'news', topic: null, 'translation.en': 'word 4' })
  })

  test('is the same whatever the file that holds it', async () => {
    const open = async (file: string): Promise<string[]> => {
      const { splits } = await new DatasetStore().open({ paths: [join(fixtures, file)], splitNames: ['all'] })
      return splits.map(({ wordsHash }) => wordsHash)
    }
    const [first] = await open('snappy.parquet')
    for (const file of ['batches.arrow', 'stream.arrow', 'pages.parquet']) expect(await open(file)).toEqual([first])
  })

  test('reads the shards of a split in their order, and a folder of them in place of a file', async () => {
    const folder = join(files.folder, 'corpus')
    mkdirSync(join(folder, 'data'), { recursive: true })
    const copy = (from: string, to: string): void => copyFileSync(join(fixtures, from), join(folder, 'data', to))
    copy('snappy.parquet', 'train-00000-of-00002.parquet')
    copy('zstd.parquet', 'train-00001-of-00002.parquet')
    copy('entities.parquet', 'validation-00000-of-00001.parquet')
    const store = new DatasetStore()
    const { id, splits } = await store.open({ paths: [folder], splitNames: ['train'] })
    expect(splits).toMatchObject([{ name: 'train', sentences: 80 }])
    expect(splits[0]?.shards?.map(({ path }) => path.slice(folder.length + 1))).toEqual([
      'data/train-00000-of-00002.parquet',
      'data/train-00001-of-00002.parquet'
    ])
    expect(store.text(id, 'train').sentences[41]).toEqual(['wrote', 'café'])
    // As the dialog asks after its preview, which has a name for each split.
    const preview = await store.preview([folder])
    expect(preview.splits.map(({ name }) => name)).toEqual(['train', 'dev'])
    const both = await store.open({ paths: [folder], splitNames: ['first', 'second'] })
    expect(both.splits).toMatchObject([
      { name: 'first', sentences: 80 },
      { name: 'second', sentences: 2 }
    ])
    await expect(store.open({ paths: [folder], splitNames: ['test'] })).rejects.toThrow(
      'corpus: the folder has the splits train, dev, and none is called "test"; name the file of one.'
    )
  })

  test('the columns of files with the same name in folders of splits are compared', async () => {
    const folder = join(files.folder, 'same-names')
    for (const [split, columns] of [
      ['train', 'text\tlabel'],
      ['test', 'text\tanswer']
    ] as const) {
      mkdirSync(join(folder, split), { recursive: true })
      writeFileSync(join(folder, split, '0000.tsv'), `${columns}\nIt is so.\tyes\nIt was not.\tno\n`)
    }
    await expect(new DatasetStore().open({ paths: [folder] })).rejects.toThrow('open files of one kind together.')
  })

  test('opens what save_to_disk wrote, a folder for each split', async () => {
    const folder = join(files.folder, 'saved')
    for (const split of ['train', 'validation']) {
      mkdirSync(join(folder, split), { recursive: true })
      copyFileSync(join(fixtures, 'stream.arrow'), join(folder, split, 'data-00000-of-00001.arrow'))
      copyFileSync(join(fixtures, 'stream.arrow'), join(folder, split, 'cache-1234567890abcdef.arrow'))
    }
    writeFileSync(join(folder, 'dataset_dict.json'), '{"splits": ["train", "validation"]}')
    const { splits } = await new DatasetStore().open({ paths: [folder] })
    expect(splits).toMatchObject([
      { name: 'train', sentences: 40 },
      { name: 'dev', sentences: 40 }
    ])
  })

  test('is read from texts compressed by Zstandard', async () => {
    const paths = [join(fixtures, 'reviews.jsonl.zst')]
    const { splits, labelLayers } = await new DatasetStore().open({ paths, splitNames: ['all'] })
    expect(splits[0]).toMatchObject({ sentences: 2, words: 7 })
    expect(labelLayers.map(({ id }) => id)).toEqual(['sentiment'])
  })
})

describe('a sample that is drawn while a file is read', () => {
  const sentencesOf = (store: DatasetStore, id: string, split: string): unknown =>
    store.page({ datasetId: id, split, offset: 0, limit: 100 }).rows.map(({ row }) => ({ ...row, split: '', index: 0 }))

  test.each([
    ['sentences of Parquet', join(fixtures, 'snappy.parquet')],
    ['documents of JSON Lines', 'documents'],
    ['sentences of a table', 'table']
  ])('%s: the same as is drawn of the whole', async (_what, given) => {
    const lines = Array.from({ length: 60 }, (_, i) => ({ doc: `d${i % 12}`, text: `w${i} a b`, label: 'xy'[i % 2] }))
    const path =
      given === 'documents'
        ? files.write('documents.jsonl', lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
        : given === 'table'
          ? files.write(
              'table.tsv',
              lines.map(({ text, label }) => `${text.replaceAll(' ', `\t${label}\n`)}\t${label}\n\n`).join('')
            )
          : given
    const store = new DatasetStore()
    const whole = await store.open({ paths: [path], splitNames: ['all'] })
    const limit = { split: 'all', maxWords: 40, draw: 3 }
    const drawn = store.get(whole.id).drawn(limit)!
    const read = await store.open({ paths: [path], splitNames: ['all'], sample: { words: 40, seed: 3 } })
    expect(read.splits).toMatchObject([{ sentences: drawn.sentences, words: drawn.words }])
    expect(drawn.words).toBeLessThan(whole.splits[0]!.words)
    expect(read.warnings[0]).toMatch(
      /^A sample of all was read: \d+ words of \d+ (documents|sentences) drawn with seed 3\.$/
    )
    expect(sentencesOf(store, read.id, 'all')).toEqual(sentencesOf(store, whole.id, drawnSplit(limit).split))
    expect(read.id).not.toBe(whole.id)
  })

  test('is refused where pairs of words connect sentences', async () => {
    const edges = '{"text": "a b", "targets": [{"span1": [0, 1], "label": "x"}]}\n'
    const path = files.write('edges.jsonl', edges + edges.replace('"x"', '"y"'))
    await expect(new DatasetStore().open({ paths: [path], sample: { words: 2, seed: 1 } })).rejects.toThrow(
      'edges.jsonl: a sample of it cannot be read, as it has spans or pairs of words; open it whole and limit the ' +
        'words of a run.'
    )
  })
})

test('minimal pairs are read from Parquet', async () => {
  const pairs = await readPairs(join(fixtures, 'pairs.parquet'))
  expect(pairs.map(({ good, bad }) => [good, bad])).toEqual([
    ['The cats sleep.', 'The cats sleeps.'],
    ['A cat sleeps.', 'A cat sleep.']
  ])
})

describe('files that cannot be read are refused, with what is wrong, where, and what to do', () => {
  const half = (file: string, share: number): Buffer => {
    const bytes = bytesOf(file)
    return bytes.subarray(0, Math.floor(bytes.length * share))
  }
  const broken = (file: string, at: number): Buffer => {
    const bytes = Buffer.from(bytesOf(file))
    bytes.fill(0xff, at, at + 64)
    return bytes
  }
  const unreadable = (file: string, part: string): RegExp =>
    new RegExp(
      `^${file}, ${part}: this cannot be read \\(.+\\)\\. ` +
        'The file is damaged or incomplete; copy or download it again\\.$'
    )
  const footerOf = (file: string): number => {
    const bytes = bytesOf(file)
    return bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8)
  }
  test.each([
    [
      'cut.parquet',
      half('snappy.parquet', 0.8),
      'cut.parquet: the Parquet file has no end (its last four bytes are not PAR1); it is incomplete, so copy or ' +
        'download it again.'
    ],
    ['footer.parquet', broken('snappy.parquet', footerOf('snappy.parquet')), unreadable('footer.parquet', 'footer')],
    ['group.parquet', broken('zstd.parquet', 300), unreadable('group.parquet', 'row group 1')],
    [
      'encrypted.parquet',
      Buffer.from('PARE and more PARE'),
      /^encrypted\.parquet: the Parquet file is encrypted; save it without encryption\.$/
    ],
    ['cut.arrow', half('stream.arrow', 0.6), unreadable('cut.arrow', 'record batch \\d')],
    ['cut.feather', half('zstd.feather', 0.6), unreadable('cut.feather', '(schema|record batch 1)')],
    ['empty.parquet', bytesOf('empty.parquet'), 'empty.parquet: the file has no rows.'],
    [
      'damaged.jsonl.zst',
      bytesOf('reviews.jsonl.zst').fill(0xff, 8, 30),
      /^damaged\.jsonl\.zst: the Zstandard file is damaged or incomplete \(.+\); copy or download it again\.$/
    ],
    [
      'cut.jsonl.zst',
      bytesOf('reviews.jsonl.zst').subarray(0, 60),
      /^cut\.jsonl\.zst: the Zstandard file is damaged or incomplete \(.+\); copy or download it again\.$/
    ]
  ])('%s', async (name, content, message) => {
    await expect(new DatasetStore().open({ paths: [files.write(name, content)] })).rejects.toThrow(message)
  })

  test('a wrong row is named by its number', async () => {
    const choice = { columns: [{ index: 2, name: 'id', role: 'label' as const }] }
    await expect(new DatasetStore().open({ paths: [join(fixtures, 'odd.parquet')], choice })).rejects.toThrow(
      'odd.parquet, row 2: 1 word but 2 labels under "ner"; each word needs one label (null for none).'
    )
  })
})
