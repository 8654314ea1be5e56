import { expect, test } from 'vitest'
import type { ColumnRole, DatasetPreview } from '@shared/dataset'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'
import { temporaryFiles } from './temporaryFiles'

const files = temporaryFiles()
const store = new DatasetStore()
const roles = ({ columns }: DatasetPreview): [string, ColumnRole][] => columns.map(({ name, role }) => [name, role])

test('a table shows its columns, their guessed roles and its first rows', async () => {
  const path = files.write(
    'my-tags.tsv',
    'sent_id\tindex\tword\tpos\tnote\n1\t1\tThe\tDET\t-\n1\t2\tcat\tNOUN\t-\n2\t1\tDogs\tNOUN\t-\n2\t2\tbark\tVERB\tsee here\n'
  )
  const preview = await store.preview([path])
  expect(preview).toMatchObject({
    format: 'delimited',
    layout: 'tokenPerLine',
    delimiter: 'tab',
    quoting: false,
    header: true,
    sentences: 2,
    words: 4,
    complete: true,
    canOpen: true,
    problems: []
  })
  expect(roles(preview)).toEqual([
    ['sent_id', 'sentenceId'],
    ['index', 'tokenIndex'],
    ['word', 'word'],
    ['pos', 'label'],
    ['note', 'ignore']
  ])
  expect(preview.columns[3]).toMatchObject({ index: 3, examples: ['DET', 'NOUN', 'VERB'], guess: 'label' })
  expect(preview.rows).toHaveLength(4)
  expect(preview.rows[0]).toEqual(['1', '1', 'The', 'DET', '-'])
  expect(preview.formats.map(({ id }) => id)).toEqual([
    'conllu',
    'conllulex',
    'conlluRoles',
    'bracketed',
    'gap',
    'winogender',
    'sentencePairs',
    'delimited',
    'edgeProbing',
    'jsonLines',
    'rows',
    'jsonDocument',
    'text'
  ])
  expect(preview).toMatchObject({ splits: [{ path, name: 'my-tags' }], ownSplits: [] })
})

test('columns can be sent back with other roles, and open that way', async () => {
  const path = files.write('roles.tsv', 'a\tX\t1\nb\tY\t2\nc\tX\t1\n')
  const preview = await store.preview([path])
  expect(roles(preview)).toEqual([
    ['column 1', 'word'],
    ['column 2', 'label'],
    ['column 3', 'label']
  ])
  const columns = preview.columns.map(({ index, name }) => ({
    index,
    name: index === 1 ? 'tag' : name,
    role: index === 2 ? ('ignore' as const) : index === 1 ? ('label' as const) : ('word' as const)
  }))
  const again = await store.preview([path], { columns })
  expect(roles(again)).toEqual([
    ['column 1', 'word'],
    ['tag', 'label'],
    ['column 3', 'ignore']
  ])
  expect(again.columns[2]).toMatchObject({ guess: 'label', role: 'ignore' })
  const info = await store.open({ paths: [path], choice: { columns } })
  expect(info.labelLayers.map(({ id }) => id)).toEqual(['tag'])
})

test('a choice that makes no data set says why, and shows the columns all the same', async () => {
  const path = files.write('none.tsv', 'word\ttag\na\tX\nb\tY\n')
  const preview = await store.preview([path], { columns: [{ index: 1, role: 'ignore' }] })
  expect(preview).toMatchObject({
    canOpen: false,
    problems: ['none.tsv: no column holds labels; choose the columns that hold labels, of "tag" (--columns tag=label).']
  })
  expect(preview.columns).toHaveLength(2)
})

test('choosing another layout changes what a row is', async () => {
  const path = files.write('layout.tsv', 'yes\tgood\nno\tbad\nyes\tfine\n')
  expect(await store.preview([path])).toMatchObject({ layout: 'tokenPerLine', sentences: 1 })
  expect(await store.preview([path], { layout: 'sentencePerRow' })).toMatchObject({
    layout: 'sentencePerRow',
    sentences: 3
  })
})

test('only the beginning of a long file is read, and cut at whole sentences', async () => {
  const sentence = '# sent_id = s\n1\ta\ta\tX\t_\t_\t2\tdep\t_\t_\n2\tb\tb\tY\t_\t_\t0\troot\t_\t_\n\n'
  const preview = await store.preview([files.write('long.conllu', sentence.repeat(20_000))])
  expect(preview).toMatchObject({ complete: false, canOpen: true, problems: [] })
  expect(preview.words).toBe(preview.sentences * 2)
  expect(preview.sentences).toBeGreaterThan(3000)
  const rows = await store.preview([
    files.write('long.csv', `text,label\n${'"some text, quoted",x\n"more of it",y\n'.repeat(20_000)}`)
  ])
  expect(rows).toMatchObject({ complete: false, canOpen: true, layout: 'sentencePerRow', quoting: true, problems: [] })
  expect(rows.sentences).toBeGreaterThan(1000)
})

test('the columns of CoNLL-U are given', async () => {
  const preview = await store.preview(['resources/datasets/ud_english-ewt/en_ewt-ud-dev.conllu.gz'])
  expect(preview).toMatchObject({ format: 'conllu', complete: false, canOpen: true, problems: [] })
  expect(roles(preview)).toEqual([
    ['ID', 'tokenIndex'],
    ['FORM', 'word'],
    ['LEMMA', 'ignore'],
    ['UPOS', 'label'],
    ['XPOS', 'label'],
    ['FEATS', 'label'],
    ['HEAD', 'label'],
    ['DEPREL', 'label'],
    ['DEPS', 'ignore'],
    ['MISC', 'ignore']
  ])
  expect(preview.notes[0]).toMatch(/^\d+ multiword tokens/)
})

test('JSON shows keys as columns, and the splits of a document', async () => {
  const linesPreview = await store.preview([
    files.write('a.jsonl', '{"tokens": ["a", "b"], "tags": ["X", "Y"], "meta": {"x": 1}}\n')
  ])
  expect(roles(linesPreview)).toEqual([
    ['tokens', 'word'],
    ['tags', 'label'],
    ['meta', 'ignore']
  ])
  expect(linesPreview.rows).toEqual([['a b', 'X Y', '{"x":1}']])
  const document = await store.preview([files.write('a.json', '{"train": [["a b", "x"]], "val": [["c", "y"]]}')])
  expect(document.ownSplits).toEqual(['train', 'dev'])
  expect(document.splits.map(({ name }) => name)).toEqual(['a'])
  expect(document).toMatchObject({ sentences: 2, words: 3, layout: 'sentencePerRow' })
})

test('further files are looked at too', async () => {
  const train = files.write('p-train.tsv', 'word\ttag\na\tX\nb\tY\n')
  const bad = files.write('p-test.tsv', 'word\ttag\tmore\na\tX\tZ\nb\tY\tZ\n')
  const preview = await store.preview([train, bad])
  expect(preview).toMatchObject({
    canOpen: false,
    problems: [
      'p-test.tsv: the rows have 3 columns where those of p-train.tsv have 2; open files of one kind together.'
    ]
  })
  expect(preview.splits.map(({ name }) => name)).toEqual(['train', 'test'])
})
