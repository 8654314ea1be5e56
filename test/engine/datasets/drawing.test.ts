import { beforeAll, describe, expect, test } from 'vitest'
import { drawnSplit, drawnText } from '@shared/drawing'
import type { Dataset } from '../../../src/main/engine/datasets/dataset'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'
import { temporaryFiles, wordLine } from './temporaryFiles'

const files = temporaryFiles()
const store = new DatasetStore()

/** Documents of two sentences of three words each; the form says document, sentence and place. */
function treebank(documents: number, marked: boolean): string {
  return Array.from({ length: documents }, (_, document) =>
    [0, 1]
      .map((sentence) => {
        const words = [1, 2, 3].map((id) =>
          wordLine({ id, form: `d${document}s${sentence}w${id}`, upos: id === 1 ? 'NOUN' : 'VERB' })
        )
        const mark = marked && sentence === 0 ? [`# newdoc id = d${document}`] : []
        return [...mark, ...words, '', ''].join('\n')
      })
      .join('')
  ).join('')
}

async function opened(content: string, name: string): Promise<Dataset> {
  const { id } = await store.open({ paths: [files.write(name, content)], splitNames: ['all'] })
  return store.get(id)
}

/** Sentences of a draw, as 'd3s0'. */
function drawn(dataset: Dataset, maxWords: number, draw: number): string[] {
  const { sentences } = dataset.text(drawnSplit({ split: 'all', maxWords, draw }).split)
  return sentences.map(([first]) => first!.replace(/w1$/, ''))
}

let documents: Dataset
let plain: Dataset
beforeAll(async () => {
  documents = await opened(treebank(40, true), 'documents.conllu')
  plain = await opened(treebank(40, false), 'plain.conllu')
})

describe('where documents are known', () => {
  test('whole documents are drawn, and of the last as many sentences as the limit allows', () => {
    const sentences = drawn(documents, 27, 1)
    expect(sentences).toHaveLength(9)
    const counts = new Map<string, number>()
    for (const sentence of sentences) {
      const document = sentence.slice(0, -2)
      counts.set(document, (counts.get(document) ?? 0) + 1)
    }
    expect([...counts.values()].sort()).toEqual([1, 2, 2, 2, 2])
    // Of the document that is cut, the first sentence.
    const cut = [...counts].find(([, count]) => count === 1)![0]
    expect(sentences).toContain(`${cut}s0`)
    expect(documents.drawn({ split: 'all', maxWords: 27, draw: 1 })).toEqual({
      words: 27,
      sentences: 9,
      documents: 5,
      seed: 1
    })
  })

  test('another seed draws others, the same seed the same, and neither the first of the file', () => {
    expect(drawn(documents, 30, 1)).toEqual(drawn(documents, 30, 1))
    expect(drawn(documents, 30, 2)).not.toEqual(drawn(documents, 30, 1))
    expect(drawn(documents, 30, 1)).not.toEqual(documents.text('all').sentences.slice(0, 10))
  })

  test('a larger limit adds to what a smaller one takes', () => {
    expect(drawn(documents, 120, 1)).toEqual(expect.arrayContaining(drawn(documents, 27, 1)))
  })
})

test('without documents, sentences are drawn', () => {
  const sentences = drawn(plain, 30, 1)
  expect(sentences).toHaveLength(10)
  expect(new Set(sentences.map((sentence) => sentence.slice(0, -2))).size).toBeGreaterThan(5)
  expect(plain.drawn({ split: 'all', maxWords: 30, draw: 1 })).toEqual({
    words: 30,
    sentences: 10,
    documents: null,
    seed: 1
  })
})

test('a drawn part has the labels and the places of its words', () => {
  const { split } = drawnSplit({ split: 'all', maxWords: 27, draw: 1 })
  const { forms, sentence, position } = documents.words(split)
  const { ids, classes } = documents.labels(split, 'upos')
  forms.forEach((form, word) => {
    expect(classes[ids[word]!]).toBe(form.endsWith('w1') ? 'NOUN' : 'VERB')
    const place = documents.sentenceInSplit(split, sentence[word]!)
    expect(documents.sentence('all', place).words[position[word]!]).toBe(form)
  })
})

test('vectors are named by what was drawn: another draw has another hash, all words have the hash of the split', () => {
  const hash = (maxWords: number, draw: number): string =>
    documents.text(drawnSplit({ split: 'all', maxWords, draw }).split).wordsHash
  expect(new Set([hash(27, 1), hash(27, 2), hash(30, 1), documents.text('all').wordsHash]).size).toBe(4)
  expect(hash(240, 1)).toBe(documents.text('all').wordsHash)
  expect(documents.drawn({ split: 'all', maxWords: 240, draw: 1 })).toBeNull()
})

test('a request without a draw is what it was: the first words', () => {
  expect(drawnSplit({ split: 'all', maxWords: 27 })).toEqual({ split: 'all', maxWords: 27 })
  expect(documents.drawn({ split: 'all', maxWords: 27 })).toBeNull()
})

test('a draw is described in a few words', () => {
  expect(drawnText({ sentences: 90, documents: 37, seed: 1 })).toBe('of 37 documents drawn with seed 1')
  expect(drawnText({ sentences: 1, documents: null, seed: 3 })).toBe('of 1 sentence drawn with seed 3')
})
