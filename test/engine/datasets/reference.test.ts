import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { DatasetInfo } from '@shared/dataset'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'

/** Larger corpora than those bundled; optional. */
const folder = resolve('../shared/data')
const present = existsSync(folder)
if (!present) console.log(`Skipped: the corpora of ../shared/data are not there, so only the bundled ones were read.`)

const words = ({ splits }: DatasetInfo): number => splits.reduce((sum, split) => sum + split.words, 0)
const sentences = ({ splits }: DatasetInfo): number => splits.reduce((sum, split) => sum + split.sentences, 0)

describe.skipIf(!present)('corpora of ../shared/data, by the sizes on their cards', () => {
  test.each([
    ['en', 21_180],
    ['de', 21_332],
    ['fr', 24_726],
    ['zh', 21_415],
    ['hi', 23_829]
  ])('PUD %s: a thousand sentences', async (language, size) => {
    const store = new DatasetStore()
    const info = await store.open({ paths: [`${folder}/ud_pud/${language}_pud-ud-test.conllu`], splitNames: ['test'] })
    expect([sentences(info), words(info)]).toEqual([1000, size])
    const spaced = info.notes.find((note) => note.includes('contain a space'))
    expect(spaced).toBe(
      language === 'fr'
        ? '12 words (first: fr_pud-ud-test.conllu, line 2918, "25 000") contain a space and stay one word.'
        : undefined
    )
    if (language === 'fr')
      expect(
        store.page({ datasetId: info.id, query: 'form:"25 000"', offset: 0, limit: 1 }).rows[0]?.row.words
      ).toContain('25 000')
  })

  test('the most frequent tag of a word, from English EWT, on English PUD', async () => {
    const store = new DatasetStore()
    const info = await store.open({
      paths: ['resources/datasets/ud_english-ewt/en_ewt-ud-train.conllu.gz', `${folder}/ud_pud/en_pud-ud-test.conllu`],
      splitNames: ['train', 'test']
    })
    const gold = store.labels(info.id, 'train', 'upos')
    const best = new Map<number, Map<number, number>>()
    store.wordTypes(info.id, 'train').ids.forEach((type, word) => {
      const counts = best.get(type) ?? new Map<number, number>()
      best.set(type, counts.set(gold.ids[word] ?? -1, (counts.get(gold.ids[word] ?? -1) ?? 0) + 1))
    })
    const labels = store.labels(info.id, 'test', 'upos').ids
    const noun = gold.classes.indexOf('NOUN')
    const right = store.wordTypes(info.id, 'test').ids.filter((type, word) => {
      const counts = [...(best.get(type) ?? [[noun, 1]])]
      return counts.reduce((most, next) => (next[1] > most[1] ? next : most))[0] === labels[word]
    }).length
    expect(Math.abs((100 * right) / labels.length - 84.25)).toBeLessThan(0.06)
  })

  test('STREUSLE: supersenses in a table without header', async () => {
    const info = await new DatasetStore().open({
      paths: [`${folder}/streusle/streusle.ud_train.derived.tsv`],
      splitNames: ['train']
    })
    expect(sentences(info)).toBe(2725)
    const supersense = info.labelLayers.find(({ id }) => id === 'column 4')
    const prepositions = supersense?.classes.reduce(
      (sum, name, id) => sum + (name.startsWith('p.') ? (supersense.counts[id] ?? 0) : 0),
      0
    )
    expect(prepositions).toBe(4553)
    const dev = await new DatasetStore().open({
      paths: [`${folder}/streusle/streusle.ud_dev.conllulex`],
      splitNames: ['dev']
    })
    expect(sentences(dev)).toBe(554)
  })

  test('Universal NER: the entities of English EWT', async () => {
    const info = await new DatasetStore().open({
      paths: [`${folder}/universal-ner/en_ewt-ud-dev.iob2`, `${folder}/universal-ner/en_ewt-ud-test.iob2`]
    })
    expect(info.splits.map(({ name, sentences: size }) => [name, size])).toEqual([
      ['dev', 2001],
      ['test', 2077]
    ])
    const [ner] = info.labelLayers
    const inDev = Object.fromEntries(ner?.classes.map((name, id) => [name, ner.countsBySplit.dev?.[id]]) ?? [])
    expect(inDev).toMatchObject({ 'B-LOC': 399, 'B-PER': 343, 'B-ORG': 224 })
  })

  test('WNUT-17: a folder of two files', async () => {
    const info = await new DatasetStore().open({ paths: [`${folder}/wnut17`] })
    expect(info.splits.map(({ name, sentences: size, words: count }) => [name, size, count])).toEqual([
      ['train', 3394, 62_730],
      ['dev', 1009, 15_733]
    ])
  })

  test('CLINC150: the bundled tables are the document they were made from', async () => {
    const store = new DatasetStore()
    const document = await store.open({ paths: [`${folder}/clinc150/data_small.json`] })
    const tables = await store.open({ paths: ['resources/datasets/clinc150'] })
    expect(document.splits.map(({ name, sentences: size }) => [name, size])).toEqual([
      ['train', 7500],
      ['dev', 3000],
      ['test', 4500],
      ['oos_val', 100],
      ['oos_test', 1000],
      ['oos_train', 100]
    ])
    for (const { name, wordsHash } of tables.splits) {
      expect(document.splits.find((split) => split.name === name)?.wordsHash).toBe(wordsHash)
      const [theirs, ours] = [store.labels(document.id, name, 'column 2'), store.labels(tables.id, name, 'intent')]
      expect(Array.from(ours.ids, (id) => ours.classes[id])).toEqual(Array.from(theirs.ids, (id) => theirs.classes[id]))
    }
  })
})
