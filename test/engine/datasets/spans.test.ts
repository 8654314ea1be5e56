import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pickSpans } from '../../../src/main/engine/datasets/spanColumn'
import { openTasks, shown } from '../tasks/openTasks'
import { temporaryFiles, wordLine } from './temporaryFiles'

const files = temporaryFiles()
const shared = join('..', 'shared', 'data')
if (!existsSync(shared)) console.warn(`Whole files of GUM, GAP and STS are left out: ${shared} is not there.`)

test('constituents, chunks and ancestors of trees in brackets', async () => {
  const tree = `(ROOT
  (S
    (NP-SBJ (DT The) (NN cat))
    (VP (VBZ sees) (NP=2 (-NONE- *T*-1)) (NP (-LRB- -LRB-) (NN it)))))
(ROOT (INTJ (UH No)))`
  const { info, dataset, store, task } = await openTasks([files.write('cat.ptb', tree)])
  expect(info.formatTitle).toBe('Penn Treebank brackets')
  expect(info.splits[0]).toMatchObject({ sentences: 2, words: 6 })
  expect(shown(task('constituent'), dataset.words('train').forms, 'train')).toEqual([
    'The cat | NP',
    '( it | NP',
    'sees ( it | VP',
    'The cat sees ( it | S',
    'No | INTJ'
  ])
  expect(store.sentence(info.id, 'train', 0).labels).toEqual({
    tag: ['DT', 'NN', 'VBZ', '-LRB-', 'NN'],
    chunk: ['B-NP', 'I-NP', 'O', 'B-NP', 'I-NP'],
    parent: ['NP', 'NP', 'VP', 'NP', 'NP'],
    grandparent: ['S', 'S', 'S', 'VP', 'VP'],
    greatgrandparent: [null, null, null, 'S', 'S']
  })
  expect(task('chunk').bio).toBe(true)
})

const edges = (...lines: object[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('')

test('targets of edge probing, of one span and of two', async () => {
  const one = await openTasks([
    files.write(
      'one.jsonl',
      edges({
        text: 'Ada Lovelace wrote it',
        targets: [
          { span1: [0, 2], label: 'PER' },
          { span1: [3, 4], label: ['THING'] }
        ],
        info: {}
      })
    )
  ])
  expect(one.info.formatTitle).toBe('Edge probing (JSON Lines)')
  expect(shown(one.task('target'), one.dataset.words('train').forms, 'train')).toEqual([
    'Ada Lovelace | PER',
    'it | THING'
  ])
  const two = await openTasks([
    files.write(
      'two.jsonl',
      edges(
        { text: 'a b', targets: [] },
        {
          text: 'Ada wrote it',
          targets: [
            { span1: [1, 2], span2: [0, 1], label: 'ARG0' },
            { span1: [1, 2], span2: [2, 3], label: 'ARG1' }
          ]
        }
      )
    )
  ])
  expect(shown(two.task('target'), two.dataset.words('train').forms, 'train')).toEqual([
    'wrote | Ada | ARG0',
    'wrote | it | ARG1'
  ])
})

const header = 'ID\tText\tPronoun\tPronoun-offset\tA\tA-offset\tA-coref\tB\tB-offset\tB-coref\tURL'

test('GAP: the words that stand at the offsets', async () => {
  const text = "Ann Lee's sister (Mary) says she left."
  const row = [
    'd-1',
    text,
    'she',
    text.indexOf('she'),
    'Ann Lee',
    0,
    'FALSE',
    'Mary',
    text.indexOf('Mary'),
    'TRUE',
    'x'
  ].join('\t')
  const { dataset, task } = await openTasks([files.write('gap.tsv', `${header}\n${row}\n`)])
  expect(shown(task('coreference'), dataset.words('train').forms, 'train')).toEqual([
    "she | Ann Lee's | not coreferent",
    'she | Mary | coreferent'
  ])
})

test('Winogender: the pronoun with both persons, the answer and the gender of the id', async () => {
  const lines = [
    'sentid\tsentence',
    'paramedic.someone.0.female.txt\tThe paramedic told someone that she was late.',
    'doctor.child.1.neutral.txt\tThe doctor saw the child and their mother.'
  ]
  const { dataset, store, info, task } = await openTasks([files.write('wino.tsv', `${lines.join('\n')}\n`)])
  expect(info.formatTitle).toBe('Winogender schemas')
  expect(shown(task('coreference'), dataset.words('train').forms, 'train')).toEqual([
    'she | paramedic | coreferent',
    'she | someone | not coreferent',
    'their | doctor | not coreferent',
    'their | child | coreferent'
  ])
  expect(store.sentence(info.id, 'train', 1).sentenceLabels).toEqual({ answer: 'participant', gender: 'neutral' })
})

const mention = (id: number, form: string, entity?: string): string =>
  wordLine({
    id,
    form,
    upos: 'X',
    head: id === 1 ? 0 : 1,
    deprel: 'dep',
    ...(entity ? { misc: `Entity=${entity}|SpaceAfter=No` } : {})
  })

test('mentions of entities in column MISC: their types, and whether two of a sentence are the same', async () => {
  const first = [
    '# newdoc id = a',
    '# meta::genre = bio',
    '# s_type = decl',
    mention(1, 'Ada', '(1-person-new-coref)'),
    mention(2, 'gave', ''),
    mention(3, 'her', '(2-object-new(1-person-giv)'),
    mention(4, 'book', '2)'),
    mention(5, 'away'),
    mention(6, 'today', '(3-time-new-(4[1/2]-place-new)4[1/2])3)')
  ]
  const second = [
    '# newdoc id = b',
    '# meta::genre = news',
    '# s_type = frag',
    mention(1, 'Bob', '(1-person-new)'),
    mention(2, 'Rome', '(9-place-new')
  ]
  const { dataset, store, info, task } = await openTasks([
    files.write('mentions.conllu', `${first.join('\n')}\n\n${second.join('\n')}\n\n`)
  ])
  const { forms } = dataset.words('train')
  // A mention in pieces is left out, and so is one that its sentence does not close.
  expect(shown(task('entity'), forms, 'train').sort()).toEqual([
    'Ada | person',
    'Bob | person',
    'her book | object',
    'her | person',
    'today | time'
  ])
  const pairs = task('coreference')
  expect(pairs.labelled).toBe(2)
  for (let seed = 0; seed < 8; seed++) {
    const [same, other] = shown(pairs, forms, 'train', seed)
    expect(same).toBe('Ada | her | coreferent')
    expect(['Ada | her book | not coreferent', 'Ada | today | not coreferent']).toContain(other)
  }
  expect([0, 1].map((index) => store.sentence(info.id, 'train', index).sentenceLabels)).toEqual([
    { s_type: 'decl', genre: 'bio' },
    { s_type: 'frag', genre: 'news' }
  ])
})

test('two sentences of a row are a pair, whether it is a number or a class', async () => {
  const scored = await openTasks([
    files.write('sts.tsv', 'score\tsentence1\tsentence2\n3.6\tA "cat.\tA dog.\n0\tTwo men.\tRain.\n')
  ])
  expect(scored.info.splits[0]).toMatchObject({ sentences: 4 })
  expect(shown(scored.task('score'), scored.dataset.words('train').forms, 'train')).toEqual([
    'A " cat . | A dog . | 3.5999999046325684',
    'Two men . | Rain . | 0'
  ])
  const inference = await openTasks([
    files.write('nli.csv', 'premise,hypothesis,gold_label\n"A cat, asleep",A cat,entailment\nA cat,A dog,neutral\n')
  ])
  expect(shown(inference.task('gold_label'), inference.dataset.words('train').forms, 'train')).toEqual([
    'A cat , asleep | A cat | entailment',
    'A cat | A dog | neutral'
  ])
})

test('a file divided at random keeps the sentences of a pair together', async () => {
  const rows = Array.from({ length: 40 }, (_, i) => `${i % 5}.5\tfirst ${i}\tsecond ${i}`).join('\n')
  const { store } = await openTasks([files.write('whole.tsv', `score\tsentence1\tsentence2\n${rows}\n`)])
  const info = await store.open({ paths: [join(files.folder, 'whole.tsv')] })
  const dataset = store.get(info.id)
  const pairs = info.splits.map(({ name }) => dataset.spans(name, 'score').first.length)
  expect(pairs[0]! + pairs[1]!).toBe(40)
  expect(info.splits.map(({ sentences }) => sentences)).toEqual(pairs.map((count) => 2 * count))
})

test('spans follow their sentences', () => {
  const column = {
    first: Int32Array.of(0, 2, 3),
    end: Int32Array.of(2, 3, 5),
    secondFirst: new Int32Array(0),
    secondEnd: new Int32Array(0),
    labels: Int32Array.of(7, 8, 9)
  }
  expect(pickSpans(column, Int32Array.of(0, 2, 3, 5), [2, 0])).toMatchObject({
    first: Int32Array.of(0, 2),
    end: Int32Array.of(2, 4),
    labels: Int32Array.of(9, 7)
  })
})

describe.skipIf(!existsSync(shared))('whole files', () => {
  test('all 2,000 passages of GAP development', async () => {
    const { info } = await openTasks([join(shared, 'gap', 'gap-development.tsv')])
    expect(info.splits[0]!.sentences).toBe(2000)
    expect(info.spanLayers[0]!.labelled).toBe(4000)
  })

  test('every pair of the STS captions', async () => {
    const { info } = await openTasks(
      ['train', 'dev'].map((name) => join(shared, 'stsb-captions', `sts-${name}.captions.tsv`))
    )
    expect(info.spanLayers).toMatchObject([{ id: 'score', kind: 'number', labelled: 1375 }])
  })
})
