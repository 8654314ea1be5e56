import { beforeAll, describe, expect, test } from 'vitest'
import type { SentencePage, SentencePageRequest } from '@shared/dataset'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'
import { fold } from '../../../src/main/engine/datasets/search/fold'
import { parseQuery, valueTest } from '../../../src/main/engine/datasets/search/query'
import { temporaryFiles, wordLine } from './temporaryFiles'

const files = temporaryFiles()
const store = new DatasetStore()
let ewt = ''
let small = ''

beforeAll(async () => {
  ewt = (await store.open({ paths: ['resources/datasets/ud_english-ewt'] })).id
  const sentence = (
    id: string,
    text: string,
    words: [form: string, lemma: string, upos: string, relation: string][]
  ): string =>
    `# sent_id = ${id}\n# text = ${text}\n${words.map(([form, lemma, upos, deprel], index) => wordLine({ id: index + 1, form, lemma, upos, head: index, deprel })).join('\n')}\n\n`
  const content = [
    sentence('A-1', 'Les Élèves du café', [
      ['Les', 'le', 'DET', 'det'],
      ['Élèves', 'élève', 'NOUN', 'root'],
      ['de', 'de', 'ADP', 'case'],
      ['le', 'le', 'DET', 'det'],
      ['café', 'café', 'NOUN', 'nmod:of']
    ]),
    sentence('A-2', 'bank banks embankment', [
      ['bank', 'bank', 'NOUN', 'root'],
      ['banks', 'bank', 'VERB', 'dep'],
      ['embankment', 'embankment', 'NOUN', 'dep']
    ]),
    sentence('b-3', "Don't bank on http://x.org", [
      ['Do', 'do', 'AUX', 'aux'],
      ["n't", 'not', 'PART', 'adv'],
      ['bank', 'bank', 'VERB', 'root'],
      ['on', 'on', 'ADP', 'case'],
      ['http://x.org', 'x', 'X', 'obl']
    ])
  ].join('')
  small = (await store.open({ paths: [files.write('small.conllu', content)], splitNames: ['all'] })).id
})

const search = (query: string, more: Partial<SentencePageRequest> = {}): SentencePage =>
  store.page({ datasetId: small, query, offset: 0, limit: 10, ...more })
/** Sentence ids with the words that matched. */
const found = (query: string, more: Partial<SentencePageRequest> = {}): string[] =>
  search(query, more).rows.map(({ row, matches }) => [row.id, ...matches.map((word) => row.words[word])].join(' '))

describe('a search finds', () => {
  test.each([
    ['', ['A-1', 'A-2', 'b-3']],
    ['eleves', ['A-1 Élèves']],
    ['CAFÉ', ['A-1 café']],
    ['bank', ['A-2 bank banks embankment', 'b-3 bank']],
    ['"bank"', ['A-2 bank', 'b-3 bank']],
    ['"bank banks"', ['A-2 bank banks']],
    ['"bank bank"', []],
    ['"bank banks', ['A-2 bank banks']],
    ["don't", ["b-3 Do n't"]],
    ["n't bank", ["b-3 n't bank"]],
    ['bank café', []],
    ['form:bank', ['A-2 bank', 'b-3 bank']],
    ['form:BANK', ['A-2 bank', 'b-3 bank']],
    ['form:bank*', ['A-2 bank banks', 'b-3 bank']],
    ['form:*bank*', ['A-2 bank banks embankment', 'b-3 bank']],
    ['form:*ment', ['A-2 embankment']],
    ['form:eleves|do', ['A-1 Élèves', 'b-3 Do']],
    ['lemma:bank', ['A-2 bank banks', 'b-3 bank']],
    ['upos:VERB', ['A-2 banks', 'b-3 bank']],
    ['UPOS:verb|aux', ['A-2 banks', 'b-3 Do bank']],
    ['lemma:bank upos:VERB', ['A-2 banks', 'b-3 bank']],
    ['lemma:bank -upos:VERB', ['A-2 bank']],
    ['form:bank upos:NOUN', ['A-2 bank']],
    ['deprel:nmod:of', ['A-1 café']],
    ['deprel.universal:nmod', ['A-1 café']],
    ['deprel:"nmod:of"', ['A-1 café']],
    ['id:a-', ['A-1', 'A-2']],
    ['-id:a-', ['b-3']],
    ['head.distance:-1 upos:NOUN', ['A-1 Élèves café', 'A-2 embankment']],
    ['head.direction:root', ['A-1 Les', 'A-2 bank', 'b-3 Do']],
    ['head.direction:"left 1" form:le', ['A-1 le']],
    // No field of that name: text.
    ['http://x.org', ['b-3 http://x.org']],
    ['du', ['A-1']]
  ])('%s', (query, expected) => {
    expect(found(query)).toEqual(expected)
  })

  test('only sentences with the label of the filter, on the same word', () => {
    expect(found('', { filter: { layer: 'upos', value: 'VERB' } })).toEqual(['A-2 banks', 'b-3 bank'])
    expect(found('form:bank', { filter: { layer: 'upos', value: 'VERB' } })).toEqual(['b-3 bank'])
    expect(found('', { filter: { layer: 'upos', value: 'verb' } })).toEqual([])
    expect(() => search('', { filter: { layer: 'ner', value: 'X' } })).toThrow(
      'This data set has no labels "ner"; it has upos, deprel'
    )
  })

  test('page by page, with the layers asked for', () => {
    expect(search('', { offset: 1, limit: 1 })).toMatchObject({
      total: 3,
      rows: [{ row: { id: 'A-2', index: 1, split: 'all', labels: {} } }]
    })
    expect(search('', { offset: 2, limit: 5, layers: ['upos'] }).rows[0]?.row.labels).toEqual({
      upos: ['AUX', 'PART', 'VERB', 'ADP', 'X']
    })
    expect(search('', { offset: 9, limit: 5 })).toEqual({ total: 3, rows: [] })
    expect(() => search('', { split: 'dev' })).toThrow('small has no split "dev"; it has all.')
  })
})

describe('over the treebank', () => {
  const total = (query: string, more: Partial<SentencePageRequest> = {}): number =>
    store.page({ datasetId: ewt, query, offset: 0, limit: 5, ...more }).total

  test('finds what a plain look through all sentences finds', () => {
    const { sentences } = store.text(ewt, 'train')
    const texts = sentences.map((_words, index) => fold(store.sentence(ewt, 'train', index).text))
    const upos = store.labels(ewt, 'train', 'upos')
    const { starts } = store.words(ewt, 'train')
    const noun = upos.classes.indexOf('NOUN')
    const isNoun = (sentence: number, word: number): boolean => upos.ids[(starts[sentence] ?? 0) + word] === noun
    expect(total('government', { split: 'train' })).toBe(texts.filter((text) => text.includes('government')).length)
    expect(total('"in the"', { split: 'train' })).toBe(
      texts.filter((text) => /(?<![\p{L}\p{N}])in the(?![\p{L}\p{N}])/u.test(text)).length
    )
    expect(total('form:bank upos:NOUN', { split: 'train' })).toBe(
      sentences.filter((words, at) => words.some((word, index) => word.toLowerCase() === 'bank' && isNoun(at, index)))
        .length
    )
    expect(total('', { split: 'train', filter: { layer: 'upos', value: 'NOUN' } })).toBe(
      sentences.filter((words, at) => words.some((_word, index) => isNoun(at, index))).length
    )
    expect(total('genre:email', { split: 'dev' })).toBe(sentencesOfGenre('dev', 'email'))
  })

  const sentencesOfGenre = (split: string, genre: string): number => {
    const { ids, classes, unit } = store.labels(ewt, split, 'genre')
    expect(unit).toBe('sentence')
    return ids.filter((id) => classes[id] === genre).length
  }

  test('without a split, runs through all in their order', () => {
    const perSplit = ['train', 'dev', 'test'].map((split) => total('president', { split }))
    expect(total('president')).toBe(perSplit.reduce((sum, count) => sum + count, 0))
    const across = store.page({ datasetId: ewt, query: 'president', offset: (perSplit[0] ?? 0) - 1, limit: 2 })
    expect(across.rows.map(({ row }) => row.split)).toEqual(['train', 'dev'])
  })

  test('features go by their name alone', () => {
    expect(total('Number:Plur Case:Gen', { split: 'dev' })).toBe(
      total('feats.number:plur feats.case:gen', { split: 'dev' })
    )
    expect(total('Number:Plur', { split: 'dev' })).toBeGreaterThan(500)
  })
})

test('a search is taken apart', () => {
  const isField = (key: string): boolean => ['upos', 'head.direction'].includes(key)
  expect(parseQuery('  a "b c" upos:X|Y -upos:"Z Z" x:1 head.direction:"left 1', isField)).toEqual([
    { kind: 'text', text: 'a', whole: false },
    { kind: 'text', text: 'b c', whole: true },
    { kind: 'field', key: 'upos', values: ['X', 'Y'], negated: false },
    { kind: 'field', key: 'upos', values: ['Z Z'], negated: true },
    { kind: 'text', text: 'x:1', whole: false },
    { kind: 'field', key: 'head.direction', values: ['left 1'], negated: false }
  ])
  expect(parseQuery('"" "  "', isField)).toEqual([])
  expect(['*a', 'a*', '*a*', 'a', '*'].map((pattern) => ['a', 'ba', 'ab', 'bab'].filter(valueTest(pattern)))).toEqual([
    ['a', 'ba'],
    ['a', 'ab'],
    ['a', 'ba', 'ab', 'bab'],
    ['a'],
    ['a', 'ba', 'ab', 'bab']
  ])
})

test('a search can be held to sentences with some words of a split, which then match', () => {
  // The second sentence begins after five words: its 'banks' is word 6.
  const page = store.page({ datasetId: small, split: 'all', query: '', words: [6, 10], offset: 0, limit: 10 })
  expect(page.rows.map(({ row, matches }) => [row.id, matches])).toEqual([
    ['A-2', [1]],
    ['b-3', [2]]
  ])
  const verbs = { datasetId: small, split: 'all', query: 'form:bank', words: [6, 10], offset: 0, limit: 10 }
  // Conditions on words hold for one and the same word.
  expect(store.page(verbs).rows.map(({ row }) => row.id)).toEqual(['b-3'])
  expect(store.page({ ...verbs, words: [] }).total).toBe(0)
})
