import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import type { DatasetInfo } from '@shared/dataset'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'

interface Counts {
  sentences: number
  words: number
  multiword: number
  empty: number
  roots: number
  distanceSum: number
  textsEqualToTheirWords: number
  wordsHash: string
  labels: Record<string, Record<string, number>>
}

const folder = 'resources/datasets/ud_english-ewt'
/** Counted by the Python package `conllu`; made by test/fixtures/datasets/make_ewt_counts.py. */
const theirs = JSON.parse(readFileSync('test/fixtures/datasets/ewt-counts.json', 'utf8')) as Record<
  'train' | 'dev' | 'test',
  Counts
>
const splits = ['train', 'dev', 'test'] as const

const store = new DatasetStore()
let info: DatasetInfo

beforeAll(async () => {
  info = await store.open({ paths: [folder] })
})

test('the files are those of the release, gzipped', () => {
  const readme = readFileSync(`${folder}/README.md`, 'utf8')
  for (const split of splits) {
    const bytes = gunzipSync(readFileSync(`${folder}/en_ewt-ud-${split}.conllu.gz`))
    const blob = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
    expect(readme).toContain(`| en_ewt-ud-${split}.conllu | ${blob} |`)
  }
})

test('the sizes are those of the card', () => {
  expect(info.splits.map(({ name, sentences, words }) => [name, sentences, words])).toEqual([
    ['train', 12_544, 204_577],
    ['dev', 2001, 25_147],
    ['test', 2077, 25_094]
  ])
  expect(info).toMatchObject({
    id: 'ud_english-ewt',
    name: 'UD English EWT',
    licence: 'CC BY-SA 4.0',
    builtin: true,
    suggested: { train: 'train', test: 'test' }
  })
  expect(info.labelLayers.slice(0, 3).map(({ id }) => id)).toEqual(['upos', 'deprel', 'xpos'])
})

describe.each(splits)('%s agrees with the Python package conllu', (split) => {
  test('sentences, words and their order', () => {
    const ours = info.splits.find(({ name }) => name === split)
    expect(ours).toMatchObject({
      sentences: theirs[split].sentences,
      words: theirs[split].words,
      wordsHash: theirs[split].wordsHash
    })
  })

  test('every label of every layer', () => {
    const ours: Record<string, Record<string, number>> = {}
    for (const { id, classes } of info.labelLayers) {
      if (!(id in theirs[split].labels) && !id.startsWith('feats.')) continue
      const counts: Record<string, number> = {}
      for (const label of store.labels(info.id, split, id).ids) {
        const name = classes[label]
        if (name !== undefined) counts[name] = (counts[name] ?? 0) + 1
      }
      if (Object.keys(counts).length > 0) ours[id] = counts
    }
    expect(ours).toEqual(theirs[split].labels)
  })

  test('the counts that come with the layers', () => {
    for (const layer of info.labelLayers) {
      const expected = theirs[split].labels[layer.id]
      if (expected)
        expect(
          Object.fromEntries(
            layer.classes.map((name, id) => [name, layer.countsBySplit[split]?.[id]]).filter(([, count]) => count !== 0)
          )
        ).toEqual(expected)
    }
  })

  test('heads and the distance to them', () => {
    const distances = store.numbers(info.id, split, 'head.distance').filter((value) => !Number.isNaN(value))
    expect(distances.reduce((sum, value) => sum + Math.abs(value), 0)).toBe(theirs[split].distanceSum)
    const heads = store.heads(info.id, split)
    expect(heads?.filter((head) => head === 0).length).toBe(theirs[split].roots)
    const { ids, classes } = store.labels(info.id, split, 'head.direction')
    expect(ids.filter((id) => classes[id] === 'root').length).toBe(theirs[split].roots)
    const sides = store.numbers(info.id, split, 'head.distance')
    expect(
      ids.every(
        (id, word) => classes[id] === 'root' || classes[id]?.startsWith((sides[word] ?? 0) < 0 ? 'left' : 'right')
      )
    ).toBe(true)
  })

  test('words and spaces make up the text', () => {
    let equal = 0
    for (let index = 0; index < theirs[split].sentences; index++) {
      const { words, spaceAfter, text } = store.sentence(info.id, split, index)
      if (
        words
          .map((word, at) => (spaceAfter?.[at] ? `${word} ` : word))
          .join('')
          .trim() === text
      )
        equal++
    }
    // Multiword tokens are spelled by their words everywhere but in a few.
    expect(equal).toBeGreaterThan(theirs[split].textsEqualToTheirWords * 0.995)
  })
})

test('what was passed over is counted', () => {
  const sum = (key: 'multiword' | 'empty'): string =>
    splits.reduce((total, split) => total + theirs[split][key], 0).toLocaleString('en-US')
  expect(info.notes[0]).toBe(
    `${sum('multiword')} multiword tokens (first: en_ewt-ud-train.conllu.gz, line 205, "don't") are read as the ` +
      'words they represent.'
  )
  expect(info.notes[1]).toContain(
    `${sum('empty')} empty nodes of the enhanced graph (first: en_ewt-ud-train.conllu.gz, line 1746)`
  )
  expect(info.warnings).toEqual([
    '68 sentences of dev (3.4 %) are also in train, word for word.',
    '94 sentences of test (4.5 %) are also in train, word for word.',
    '73 sentences of test (3.5 %) are also in dev, word for word.'
  ])
})

test('the genre is read off the sentence ids', () => {
  const genre = info.labelLayers.find(({ id }) => id === 'genre')
  expect(genre).toMatchObject({ unit: 'sentence', labelled: 16_622, probeable: true })
  expect(genre?.classes.toSorted()).toEqual(['answers', 'email', 'newsgroup', 'reviews', 'weblog'])
  expect(store.sentence(info.id, 'dev', 0).sentenceLabels).toEqual({ genre: 'weblog' })
})

/**
 * The known baseline: each word's most frequent label in train, for unseen words the given one. Published with the
 * data.
 */
test.each([
  ['upos', 'NOUN', 86.12, 86.16],
  ['xpos', 'NN', 83.88, 83.7],
  ['deprel', undefined, 61.38, 61.11]
])('labelling each word type by its most frequent %s gives the known accuracy', (layer, unseen, dev, testAccuracy) => {
  const { types, ids } = store.wordTypes(info.id, 'train')
  const gold = store.labels(info.id, 'train', layer)
  const counts = Array.from(types, () => new Map<number, number>())
  ids.forEach((type, word) => {
    const label = gold.ids[word] ?? -1
    counts[type]?.set(label, (counts[type]?.get(label) ?? 0) + 1)
  })
  const fallback = unseen === undefined ? 0 : gold.classes.indexOf(unseen)
  const guess = counts.map(
    (labels) => [...labels].reduce((best, next) => (next[1] > best[1] ? next : best), [fallback, 0])[0]
  )
  const accuracy = (split: string): number => {
    const { ids: labels } = store.labels(info.id, split, layer)
    const words = store.wordTypes(info.id, split).ids
    return (100 * words.reduce((right, type, word) => right + (guess[type] === labels[word] ? 1 : 0), 0)) / words.length
  }
  // Ties between labels may fall either way: a few words of 25,000.
  expect(Math.abs(accuracy('dev') - dev)).toBeLessThan(0.06)
  expect(Math.abs(accuracy('test') - testAccuracy)).toBeLessThan(0.06)
})

test('words that train does not know, and the number of word types', () => {
  const known = new Set(store.wordTypes(info.id, 'train').ids)
  expect(known.size).toBe(16_654)
  const share = (split: string): number => {
    const { ids } = store.wordTypes(info.id, split)
    return ids.filter((type) => !known.has(type)).length / ids.length
  }
  expect(share('dev')).toBeCloseTo(0.068, 3)
  expect(share('test')).toBeCloseTo(0.075, 3)
})

test('one sentence has everything the views show', () => {
  const row = store.sentence(info.id, 'dev', 1)
  expect(row).toMatchObject({
    split: 'dev',
    index: 1,
    id: 'weblog-blogspot.com_nominations_20041117172713_ENG_20041117_172713-0002'
  })
  expect(row.text).toBe(
    'President Bush on Tuesday nominated two individuals to replace retiring jurists on federal courts in the ' +
      'Washington area.'
  )
  expect(row.words.slice(0, 5)).toEqual(['President', 'Bush', 'on', 'Tuesday', 'nominated'])
  expect(row.labels.upos?.slice(0, 5)).toEqual(['PROPN', 'PROPN', 'ADP', 'PROPN', 'VERB'])
  expect(row.labels.deprel?.[0]).toBe('nmod:desc')
  expect(row.labels['deprel.universal']?.[0]).toBe('nmod')
  expect(row.labels['feats.Tense']?.slice(2, 5)).toEqual([null, null, 'Past'])
  expect(row.labels['head.distance']?.slice(0, 5)).toEqual(['1', '3', '1', '1', null])
  expect(row.labels['head.direction']?.slice(0, 5)).toEqual(['right 1', 'right 3-5', 'right 1', 'right 1', 'root'])
  expect(row.heads?.slice(0, 5)).toEqual([2, 5, 4, 5, 0])
  expect(row.lemmas?.[4]).toBe('nominate')
  expect(row.spaceAfter?.slice(-3)).toEqual([true, false, true])
})

test('words come with the sentence and the position they stand at', () => {
  const { forms, sentence, position, starts } = store.words(info.id, 'dev')
  expect(forms).toHaveLength(25_147)
  expect([forms[7], sentence[7], position[7]]).toEqual(['President', 1, 0])
  expect([starts[0], starts[1], starts.at(-1)]).toEqual([0, 7, 25_147])
  const { sentences, wordsHash } = store.text(info.id, 'dev')
  expect(sentences.flat()).toEqual(forms)
  expect(wordsHash).toBe(theirs.dev.wordsHash)
  expect(store.sentenceWords(info.id, 'dev', 0)).toEqual(sentences[0])
})
