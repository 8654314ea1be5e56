import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { DatasetInfo, SentenceRow } from '@shared/dataset'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'
import { distanceClass } from '../../../src/main/engine/datasets/readers/conlluLayers'
import { temporaryFiles, wordLine } from './temporaryFiles'

const files = temporaryFiles()

const french = [
  '# newdoc id = d1',
  '# sent_id = f1',
  '# text = Il parle du 25 000e jour.',
  wordLine({ id: 1, form: 'Il', lemma: 'lui', upos: 'PRON', head: 2, deprel: 'nsubj' }),
  wordLine({
    id: 2,
    form: 'parle',
    lemma: 'parler',
    upos: 'VERB',
    feats: 'Mood=Ind|Number=Sing',
    head: 0,
    deprel: 'root'
  }),
  wordLine({ id: '3-4', form: 'du' }),
  wordLine({ id: 3, form: 'de', lemma: 'de', upos: 'ADP', head: 6, deprel: 'case' }),
  wordLine({ id: 4, form: 'le', lemma: 'le', upos: 'DET', feats: 'Number=Sing', head: 6, deprel: 'det' }),
  wordLine({ id: 5, form: '25 000e', lemma: '_', upos: 'ADJ', head: 6, deprel: 'amod' }),
  wordLine({ id: '5.1', form: 'E', upos: 'VERB' }),
  wordLine({
    id: 6,
    form: 'jour',
    lemma: 'jour',
    upos: 'NOUN',
    feats: 'Number=Sing',
    head: 2,
    deprel: 'obl:arg',
    misc: 'SpaceAfter=No'
  }),
  wordLine({ id: 7, form: '.', lemma: '.', upos: 'PUNCT', head: 2, deprel: 'punct' }),
  '',
  '# text = _',
  wordLine({ id: 1, form: '_', lemma: '_', upos: '_', head: 0, deprel: 'root' }),
  '',
  ''
].join('\n')

async function read(
  name: string,
  content: string | Uint8Array
): Promise<{ store: DatasetStore; info: DatasetInfo; row: (index: number) => SentenceRow }> {
  const store = new DatasetStore()
  const info = await store.open({ paths: [files.write(name, content)], splitNames: ['all'] })
  return { store, info, row: (index) => store.sentence(info.id, 'all', index) }
}

test('multiword tokens, empty nodes, spaces in words, missing fields', async () => {
  const { info, row } = await read('french.conllu', french)
  expect(row(0)).toMatchObject({
    id: 'f1',
    text: 'Il parle du 25 000e jour.',
    words: ['Il', 'parle', 'de', 'le', '25 000e', 'jour', '.'],
    heads: [2, 0, 6, 6, 6, 2, 2],
    lemmas: ['lui', 'parler', 'de', 'le', null, 'jour', '.'],
    spaceAfter: [true, true, false, true, true, false, true]
  })
  expect(row(0).labels.xpos).toBeUndefined()
  expect(row(0).labels['feats.Number']).toEqual([null, 'Sing', null, 'Sing', null, 'Sing', null])
  expect(row(0).labels.deprel?.[5]).toBe('obl:arg')
  expect(row(0).labels['deprel.universal']?.[5]).toBe('obl')
  // A word can be an underscore; its lemma then is one too.
  expect(row(1)).toMatchObject({ id: 'all-2', words: ['_'], lemmas: ['_'] })
  expect(row(1).labels.upos).toEqual([null])
  expect(info.notes).toEqual([
    '1 multiword token (first: french.conllu, line 6, "du") is read as the words they represent.',
    '1 empty node of the enhanced graph (first: french.conllu, line 10) is left out: they represent no word of ' +
      'the text.',
    '4 comment lines (first: french.conllu, line 1): sent_id and text are used, the others skipped.',
    '9 fields (first: french.conllu, line 4, in "XPOS") are "_" or empty and count as unlabelled.',
    '1 word (first: french.conllu, line 9, "25 000e") contains a space and stays one word.',
    '1 relation (first: french.conllu, line 11, "obl:arg") carries a subtype: "Dependency relation" keeps it, ' +
      '"Universal relation" drops it.'
  ])
  expect(info.warnings).toEqual([])
})

test('line ends, byte order mark, missing final newline and gzip change nothing but the notes', async () => {
  const plain = await read('plain.conllu', french)
  const variants: [string, string | Uint8Array, string][] = [
    [
      'crlf.conllu',
      french.replaceAll('\n', '\r\n'),
      '16 lines (first: crlf.conllu, line 1) end in CR LF, the Windows line end; the CR is dropped.'
    ],
    ['bom.conllu', `\ufeff${french}`, '1 file (first: bom.conllu) begins with a byte order mark, which is dropped.'],
    ['cut.conllu', french.trimEnd(), '1 file (first: cut.conllu) ends without a line end; nothing is lost.'],
    ['packed.conllu.gz', gzipSync(french), ''],
    // Gzip is recognised by its first bytes, and may come in several members.
    ['named-otherwise.conllu', Buffer.concat([gzipSync(french.slice(0, 100)), gzipSync(french.slice(100))]), '']
  ]
  for (const [name, content, note] of variants) {
    const { info, row } = await read(name, content)
    expect(row(0)).toEqual(plain.row(0))
    expect(row(1)).toEqual(plain.row(1))
    expect(info.splits[0]?.wordsHash).toBe(plain.info.splits[0]?.wordsHash)
    const more = info.notes.filter((sentence) => !plain.info.notes.includes(sentence.replaceAll(name, 'plain.conllu')))
    expect(more).toEqual(note === '' ? [] : [note])
  }
})

test('what is odd about trees is warned of', async () => {
  const word = (id: number, head: string | number): string =>
    wordLine({ id, form: `w${id}`, upos: id === 1 ? 'X' : 'Y', head, deprel: 'dep' })
  const sentences = [
    [word(1, 0), word(2, 0)],
    [word(1, 2), word(2, '_')],
    [word(1, '_'), word(2, '_')]
  ]
  const { info, row } = await read(
    'odd.conllu',
    `${sentences.map((lines) => lines.join('\n')).join('\n\n')}\n\n# sent_id = nothing\n\n`
  )
  expect(info.warnings).toEqual([
    '1 sentence (first: odd.conllu, line 10) without a word is left out.',
    '1 sentence (first: odd.conllu, line 4) has no word with head 0: their tree has no root.',
    '1 sentence (first: odd.conllu, line 1) has more than one word with head 0.',
    '3 words (first: odd.conllu, line 5) have no head; distances are left out there.'
  ])
  expect(row(1).heads).toEqual([2, -1])
  expect(row(1).labels['head.distance']).toEqual(['1', null])
  expect(row(1).labels['head.direction']).toEqual(['right 1', null])
})

test('a treebank without trees has no heads and no layers made of them', async () => {
  const { info, row, store } = await read(
    'flat.conllu',
    `${wordLine({ id: 1, form: 'a', upos: 'X' })}\n${wordLine({ id: 2, form: 'b', upos: 'Y' })}\n\n`
  )
  expect(row(0).heads).toBeUndefined()
  expect(store.heads(info.id, 'all')).toBeNull()
  expect(info.labelLayers.map(({ id }) => id)).toEqual(['upos'])
})

test('sentences that no window holds are warned of', async () => {
  const words = Array.from({ length: 600 }, (_unused, index) =>
    wordLine({ id: index + 1, form: 'w', upos: index % 2 ? 'X' : 'Y', head: index, deprel: 'dep' })
  )
  const { info } = await read('endless.conllu', `${words.join('\n')}\n\n`)
  expect(info.warnings).toEqual([
    'Every word is "w": the text seems to have been taken out.',
    '1 sentence (first: endless.conllu, line 1, "600 words") is longer than 512 words: most models see only the ' +
      'beginning.'
  ])
  expect(info.splits[0]).toMatchObject({ sentences: 1, words: 600 })
})

test('CoNLL-U Plus: named columns, and those of its own as label layers', async () => {
  const { info, row } = await read(
    'plus.conllup',
    '# global.columns = ID FORM PARSEME:MWE UPOS\n1\tA\t*\tDET\n2\tb\t1:VID\tNOUN\n3\tc\t_\tNOUN\n\n'
  )
  expect(info.labelLayers.map(({ id, classes }) => [id, classes])).toEqual([
    ['upos', ['NOUN', 'DET']],
    ['PARSEME:MWE', ['*', '1:VID']]
  ])
  expect(row(0).labels['PARSEME:MWE']).toEqual(['*', '1:VID', null])
})

test('a feature of one value can be searched for but not learnt', async () => {
  const { info } = await read(
    'poss.conllu',
    `${wordLine({ id: 1, form: 'my', upos: 'PRON', feats: 'Poss=Yes', head: 2 })}\n` +
      `${wordLine({ id: 2, form: 'cat', upos: 'NOUN', head: 0 })}\n\n`
  )
  expect(info.labelLayers.find(({ id }) => id === 'feats.Poss')).toMatchObject({
    classes: ['Yes'],
    counts: [1],
    probeable: false
  })
})

test('distances fall into classes by side and size', () => {
  expect([null, -1, 1, -2, 2, -3, 5, -6, 10, -11, 40].map(distanceClass)).toEqual([
    'root',
    'left 1',
    'right 1',
    'left 2',
    'right 2',
    'left 3-5',
    'right 3-5',
    'left 6-10',
    'right 6-10',
    'left 11+',
    'right 11+'
  ])
})
