import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openTasks, shown } from '../tasks/openTasks'
import { temporaryFiles, wordLine } from './temporaryFiles'

const files = temporaryFiles()
const shared = join('..', 'shared', 'data')
if (!existsSync(shared))
  console.warn(`Whole files of STREUSLE and Universal PropBank are left out: ${shared} is not there.`)

/** "I have experience": a verb and its noun make one expression, whose label is on the first word. */
const lexical = [
  [
    wordLine({ id: 1, form: 'I', upos: 'PRON', head: 2, deprel: 'nsubj' }),
    '_',
    'PRON',
    'I',
    '_',
    '_',
    '_',
    '_',
    '_',
    'O-PRON'
  ],
  [
    wordLine({ id: 2, form: 'have', upos: 'VERB', head: 0, deprel: 'root' }),
    '1:1',
    'V.LVC.full',
    'have experience',
    'v.stative',
    '_',
    '_',
    '_',
    '_',
    'B-V.LVC.full-v.stative'
  ],
  [
    wordLine({ id: 3, form: 'in', upos: 'ADP', head: 4, deprel: 'case' }),
    '_',
    'P',
    'in',
    'p.Locus',
    'p.Goal',
    '_',
    '_',
    '_',
    'o-P-p.Locus'
  ],
  [
    wordLine({ id: 4, form: 'experience', upos: 'NOUN', head: 2, deprel: 'obj' }),
    '1:2',
    '_',
    '_',
    '_',
    '_',
    '_',
    '_',
    '_',
    'I_'
  ]
]
  .map((fields) => fields.join('\t'))
  .join('\n')

test('supersenses, prepositions and multiword expressions of CoNLL-U Lex', async () => {
  const { info, store } = await openTasks([files.write('one.conllulex', `# sent_id = a\n${lexical}\n\n`)])
  expect(info.formatTitle).toBe('CoNLL-U Lex')
  expect(store.sentence(info.id, 'train', 0).labels).toMatchObject({
    'preposition.role': [null, null, 'p.Locus', null],
    'preposition.function': [null, null, 'p.Goal', null],
    'supersense.verb': [null, 'v.stative', null, null],
    lexcat: ['PRON', 'V.LVC.full', 'P', null],
    mwe: ['O', 'B', 'o', 'I_'],
    upos: ['PRON', 'VERB', 'ADP', 'NOUN']
  })
})

const role = (id: number, form: string, head: number, ...roles: string[]): string =>
  [wordLine({ id, form, upos: 'X', head, deprel: head === 0 ? 'root' : 'dep' }), ...roles].join('\t')
const roles = `# sent_id = 1\n${role(1, 'Ada', 2, '_', 'ARG0', 'ARG0')}\n${role(2, 'wants', 0, 'want.01', 'V', '_')}\n${role(3, 'to', 4, '_', '_', '_')}\n${role(4, 'sleep', 2, 'sleep.01', 'ARG1', 'V')}\n\n`
const none = `${role(1, '***', 0, '_', '')}\n\n`

test('semantic roles of PropBank columns are pairs of predicate and head of the argument', async () => {
  const { info, dataset, task } = await openTasks([files.write('roles.conllu', none + roles)])
  expect(info.formatTitle).toBe('CoNLL-U with semantic roles')
  expect(info.spanLayers).toMatchObject([{ id: 'role', unit: 'pair', classes: ['ARG0', 'ARG1'], counts: [2, 1] }])
  expect(shown(task('role'), dataset.words('train').forms, 'train')).toEqual([
    'wants | Ada | ARG0',
    'wants | sleep | ARG1',
    'sleep | Ada | ARG0'
  ])
})

describe.skipIf(!existsSync(shared))('whole files', () => {
  test('STREUSLE dev has the 433 single-word prepositions its README counts, and more of several words', async () => {
    const { info } = await openTasks([join(shared, 'streusle', 'streusle.ud_dev.conllulex')])
    const prepositions = info.labelLayers.find(({ id }) => id === 'preposition.role')!
    expect(info.splits[0]).toMatchObject({ sentences: 554, words: 5396 })
    expect(prepositions.labelled).toBe(462)
  })

  test('Universal PropBank has the arguments its README counts', async () => {
    const { info } = await openTasks([join(shared, 'up_english-ewt', 'en_ewt-up-dev.conllu')])
    const [layer] = info.spanLayers
    const counts = Object.fromEntries(layer!.classes.map((name, index) => [name, layer!.counts[index]]))
    expect(counts).toMatchObject({ ARG1: 3325, ARG0: 1733, ARG2: 1212, 'ARGM-TMP': 552 })
  })
})
