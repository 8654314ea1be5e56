import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'
import { previewPairs } from '../../../src/main/engine/minimalPairs/previewPairs'

const shared = join('..', 'shared', 'data')
const there = existsSync(shared)
if (!there) console.warn(`The data sets of the literature are left out: ${shared} is not there.`)

/**
 * What opens of every folder, and some of the tasks that a user looks for. The folder itself is opened where no file is
 * named.
 */
const corpora: Record<string, { files?: string[]; format: string; tasks: string[] }> = {
  clinc150: { files: ['data_small.json'], format: 'JSON document', tasks: ['column 2'] },
  gap: { format: 'GAP coreference', tasks: ['coreference'] },
  'gum-const': {
    files: ['train/GUM_bio_galois.ptb', 'dev/GUM_bio_byron.ptb'],
    format: 'Penn Treebank brackets',
    tasks: ['constituent', 'chunk', 'grandparent']
  },
  streusle: {
    files: ['streusle.ud_dev.conllulex'],
    format: 'CoNLL-U Lex',
    tasks: ['preposition.role', 'preposition.function', 'supersense.noun', 'mwe']
  },
  'stsb-captions': { format: 'Table of sentence pairs', tasks: ['score'] },
  'ud_english-ewt': {
    format: 'CoNLL-U',
    tasks: [
      'upos',
      'deprel',
      'feats.Tense',
      'tree.depth',
      'tree.distance',
      'arc.label',
      'arc.prediction',
      'sentence.length',
      'sentence.tense'
    ]
  },
  'ud_english-gum': { format: 'CoNLL-U', tasks: ['upos', 'entity', 'coreference', 's_type', 'genre'] },
  ud_pud: { format: 'CoNLL-U', tasks: ['upos', 'deprel'] },
  'universal-ner': { format: 'Table (TSV, CSV, CoNLL columns)', tasks: ['column 3', 'column 3.spans'] },
  'up_english-ewt': { format: 'CoNLL-U with semantic roles', tasks: ['role', 'upos'] },
  winogender: { format: 'Winogender schemas', tasks: ['coreference', 'gender'] },
  wnut17: { format: 'Table (TSV, CSV, CoNLL columns)', tasks: ['column 2', 'column 2.spans'] }
}
const pairs: Record<string, { pairs: number; paradigms: number }> = {
  blimp: { pairs: 47_000, paradigms: 47 },
  'lm-diagnostics': { pairs: 136, paradigms: 8 },
  'marvin-linzen': { pairs: 6240, paradigms: 14 }
}

describe.skipIf(!there)('every folder of the reference data', () => {
  test('is known here', () => {
    const folders = readdirSync(shared, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
    expect(folders.sort()).toEqual([...Object.keys(corpora), ...Object.keys(pairs)].sort())
  })

  test.each(Object.entries(corpora))(
    '%s opens with the tasks one looks for',
    async (folder, { files, format, tasks }) => {
      const info = await new DatasetStore().open({
        paths: files ? files.map((file) => join(shared, folder, file)) : [join(shared, folder)]
      })
      expect(info.formatTitle).toBe(format)
      expect(info.splits.length).toBeGreaterThan(1)
      expect(info.tasks.map(({ id }) => id)).toEqual(expect.arrayContaining(tasks))
      for (const task of info.tasks) expect(task.labelled, task.id).toBeGreaterThan(0)
    },
    60_000
  )

  test.each(Object.entries(pairs))('%s holds minimal pairs', async (folder, expected) => {
    const preview = await previewPairs(join(shared, folder), {})
    expect({ pairs: preview.pairs, paradigms: preview.paradigms.length, problem: preview.problem }).toEqual({
      ...expected,
      problem: null
    })
  })
})
