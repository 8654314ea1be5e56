import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { JobCancelled, silentJob } from '@shared/jobs'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'
import { temporaryFiles } from './temporaryFiles'

const files = temporaryFiles()
const table = (rows: string[]): string =>
  `text\tlabel\n${rows.map((text, index) => `${text}\t${index % 2 ? 'x' : 'y'}\n`).join('')}`
const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_unused, index) => `sentence number ${index}`)

describe('ids and hashes', () => {
  test('the same files give the same id, wherever they lie; other content another', async () => {
    const store = new DatasetStore()
    const path = files.write('same.tsv', table(numbered(20)))
    const first = await store.open({ paths: [path] })
    expect(await store.open({ paths: [path] })).toBe(first)
    expect((await new DatasetStore().open({ paths: [path] })).id).toBe(first.id)
    expect((await store.open({ paths: [files.write('copy.tsv', table(numbered(20)))] })).id).toBe(first.id)
    expect((await store.open({ paths: [path], seed: 2 })).id).not.toBe(first.id)
    expect((await store.open({ paths: [path], splitNames: ['all'] })).id).not.toBe(first.id)
    writeFileSync(path, table(numbered(21)))
    utimesSync(path, 1e9, 1e9)
    expect((await store.open({ paths: [path] })).id).not.toBe(first.id)
  })

  test('a split names its file by the hash of its bytes, and its words by their own', async () => {
    const store = new DatasetStore()
    const path = files.write('hash.tsv', 'word\ttag\na\tX\nb\tY\n')
    const other = files.write('hash2.tsv', 'word\ttag\na\tY\nb\tX\n')
    const split = (await store.open({ paths: [path], splitNames: ['all'] })).splits[0]
    const relabelled = (await store.open({ paths: [other], splitNames: ['all'] })).splits[0]
    expect(split?.fileHash).toBe(createHash('sha256').update(readFileSync(path)).digest('hex'))
    expect(split?.wordsHash).toBe(createHash('sha256').update('a\nb\n\n').digest('hex'))
    expect(relabelled?.wordsHash).toBe(split?.wordsHash)
    expect(relabelled?.fileHash).not.toBe(split?.fileHash)
  })
})

describe('one file on its own', () => {
  test('is divided by seed, once for all, and says so', async () => {
    const open = async (seed?: number): Promise<string[][]> => {
      const store = new DatasetStore()
      const info = await store.open({ paths: [files.write('alone.tsv', table(numbered(100)))], seed })
      expect(info.splits.map(({ name, sentences }) => [name, sentences])).toEqual([
        ['train', 80],
        ['test', 20]
      ])
      expect(info.warnings).toEqual([
        `One file was given, so its sentences were divided at random (seed ${seed ?? 1}): 80 sentences to train ` +
          'on, 20 sentences to test on. Identical sentences stay together.'
      ])
      return info.splits.map(({ name }) => store.text(info.id, name).sentences.map((words) => words.join(' ')))
    }
    const [train, test1] = await open()
    expect(await open()).toEqual([train, test1])
    expect((await open(7))[1]).not.toEqual(test1)
    expect([...(train ?? []), ...(test1 ?? [])].toSorted()).toEqual(numbered(100).toSorted())
    // In the order of the file, with labels and texts still theirs.
    expect(train).toEqual(numbered(100).filter((text) => train?.includes(text)))
  })

  test('keeps labels, ids and texts with their sentences', async () => {
    const store = new DatasetStore()
    const content = `id\ttext\tlabel\n${numbered(50)
      .map((text, index) => `i${index}\t${text}\t${index % 3}\n`)
      .join('')}`
    const info = await store.open({ paths: [files.write('labels.tsv', content)], trainFraction: 0.5 })
    for (const { name, sentences } of info.splits) {
      expect(sentences).toBe(25)
      for (let index = 0; index < sentences; index++) {
        const row = store.sentence(info.id, name, index)
        const number = Number(row.id.slice(1))
        expect(row).toMatchObject({
          text: `sentence number ${number}`,
          words: ['sentence', 'number', String(number)],
          sentenceLabels: { label: String(number % 3) }
        })
      }
    }
  })

  test('keeps sentences of equal words on one side', async () => {
    const store = new DatasetStore()
    const info = await store.open({
      paths: [files.write('twins.tsv', table([...numbered(30), ...numbered(30), ...numbered(30)]))]
    })
    const [train, testPart] = info.splits.map(
      ({ name }) => new Set(store.text(info.id, name).sentences.map((words) => words.join(' ')))
    )
    expect([...(train ?? [])].filter((text) => testPart?.has(text))).toEqual([])
    expect(info.warnings).toHaveLength(1)
  })

  test('of one sentence is kept whole', async () => {
    const info = await new DatasetStore().open({ paths: [files.write('single.tsv', 'word\ttag\na\tX\nb\tY\n')] })
    expect(info.splits.map(({ name }) => name)).toEqual(['all'])
    expect(info.warnings).toEqual(['All sentences are identical, so none was set aside to test on.'])
  })
})

describe('several files', () => {
  test('a class has one id in all of them, by frequency over all', async () => {
    const store = new DatasetStore()
    const train = files.write('corpus-train.tsv', 'word\ttag\na\tX\nb\tY\nc\tY\n')
    const dev = files.write('corpus-dev.tsv', 'word\ttag\nd\tX\ne\tX\nf\tX\ng\tZ\n')
    const info = await store.open({ paths: [dev, train] })
    expect(info.name).toBe('corpus')
    expect(info.splits.map(({ name }) => name)).toEqual(['train', 'dev'])
    expect(info.labelLayers).toMatchObject([
      { classes: ['X', 'Y', 'Z'], counts: [4, 2, 1], countsBySplit: { train: [1, 2, 0], dev: [3, 0, 1] }, labelled: 7 }
    ])
    expect(Array.from(store.labels(info.id, 'train', 'tag').ids)).toEqual([0, 1, 1])
    expect(Array.from(store.labels(info.id, 'dev', 'tag').ids)).toEqual([0, 0, 0, 2])
  })

  test('word types are the same in all of them', async () => {
    const store = new DatasetStore()
    const info = await store.open({
      paths: [
        files.write('t-train.tsv', 'word\ttag\nThe\tX\ncat\tY\n'),
        files.write('t-test.tsv', 'word\ttag\nTHE\tX\ndog\tY\nthe\tX\n')
      ]
    })
    const { types, ids } = store.wordTypes(info.id, 'test')
    expect(Array.from(ids, (id) => types[id])).toEqual(['the', 'dog', 'the'])
    expect(store.wordTypes(info.id, 'train').ids[0]).toBe(ids[0])
  })

  test('a folder opens as the files in it that are splits', async () => {
    const folder = join(files.folder, 'corpus')
    mkdirSync(folder)
    for (const name of ['x-train.tsv', 'x-test.tsv', 'notes.tsv', 'README.md'])
      writeFileSync(join(folder, name), `word\ttag\n${name}\tX\nb\tY\n`)
    const store = new DatasetStore()
    expect((await store.open({ paths: [folder] })).splits.map(({ name }) => name)).toEqual(['train', 'test'])
    expect((await store.preview([folder])).splits).toEqual([
      { path: join(folder, 'x-test.tsv'), name: 'test' },
      { path: join(folder, 'x-train.tsv'), name: 'train' }
    ])
    const empty = join(files.folder, 'nothing')
    mkdirSync(empty)
    await expect(store.open({ paths: [empty] })).rejects.toThrow(
      'nothing: the folder holds no file that can be opened; choose the files themselves.'
    )
  })
})

describe('the list', () => {
  test('holds the bundled sets, and the opened ones after them', async () => {
    const store = new DatasetStore()
    const bundled = await store.builtin()
    expect(bundled.map(({ id, splits, opened }) => [id, splits, opened])).toEqual([
      ['clinc150', ['train', 'dev', 'test'], false],
      ['ud_english-ewt', ['train', 'dev', 'test'], false]
    ])
    expect(bundled.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(4_000_000)
    const own = await store.open({ paths: [files.write('listed.tsv', table(numbered(9)))] })
    const clinc = await store.open({ paths: bundled[0]?.paths ?? [] })
    expect((await store.list()).map(({ id, opened }) => [id, opened])).toEqual([
      ['clinc150', true],
      ['ud_english-ewt', false],
      [own.id, true]
    ])
    expect(store.info(clinc.id)).toBe(clinc)
    store.close(own.id)
    expect(store.has(own.id)).toBe(false)
    expect(() => store.info(own.id)).toThrow('This data set is not open in the engine any more; open its files again.')
  })

  test('a manifest that cannot be right is refused', async () => {
    const folder = join(files.folder, 'manifest')
    mkdirSync(folder)
    const manifest = {
      name: 'n',
      description: 'd',
      licence: 'l',
      source: 's',
      splits: [{ name: 'train', file: 'a.tsv' }],
      suggested: { train: 'train', test: 'test' },
      offerFirst: []
    }
    const openWith = (content: string): Promise<unknown> => {
      writeFileSync(join(folder, 'dataset.json'), content)
      return new DatasetStore().open({ paths: [folder] })
    }
    await expect(openWith('{')).rejects.toThrow('manifest/dataset.json: this is not valid JSON')
    await expect(openWith(JSON.stringify(manifest))).rejects.toThrow(
      'manifest/dataset.json: the suggested split "test" is not one of train.'
    )
    await expect(
      openWith(JSON.stringify({ ...manifest, splits: [{ name: 'train', file: '../a.tsv' }] }))
    ).rejects.toThrow('manifest/dataset.json: splits.0.file: must be a file of the same folder.')
    const pattern = [{ id: 'genre', title: 'Genre', pattern: '(' }]
    await expect(openWith(JSON.stringify({ ...manifest, labelsFromSentenceIds: pattern }))).rejects.toThrow(
      'manifest/dataset.json: labelsFromSentenceIds.0.pattern: must be a regular expression.'
    )
  })
})

test('opening reports how far it is and stops when cancelled', async () => {
  const path = files.write('big.tsv', table(numbered(8000).map((text) => `${text} ${'and so on '.repeat(50)}`)))
  const seen: number[] = []
  const store = new DatasetStore()
  const job = silentJob()
  await store.open({ paths: [path] }, { ...job, progress: (done, total) => void seen.push(done / total) })
  expect(seen.length).toBeGreaterThan(3)
  expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  expect(seen.at(-1)).toBe(1)
  let yields = 0
  const cancelled = { ...job, yield: () => (++yields === 2 ? Promise.reject(new JobCancelled()) : Promise.resolve()) }
  const fresh = new DatasetStore()
  await expect(fresh.open({ paths: [path] }, cancelled)).rejects.toThrow('was cancelled')
  expect((await fresh.list()).filter(({ builtin }) => !builtin)).toEqual([])
})

test('asking for what is not there is refused in a sentence', async () => {
  const store = new DatasetStore()
  const { id } = await store.open({
    paths: [files.write('asked.tsv', 'word\ttag\tweight\na\tX\t1.5\nb\tY\t2\n')],
    splitNames: ['all']
  })
  expect(() => store.sentence(id, 'all', 1)).toThrow('asked, all: there is no sentence 2; the split has 1.')
  expect(() => store.labels(id, 'all', 'ner')).toThrow('asked has no labels "ner"; it has tag, weight.')
  expect(() => store.labels(id, 'all', 'weight')).toThrow('weight is a number, not a class.')
  expect(() => store.numbers(id, 'all', 'tag')).toThrow('tag is a class, not a number.')
  expect(() => store.words(id, 'dev')).toThrow('asked has no split "dev"; it has all.')
})
