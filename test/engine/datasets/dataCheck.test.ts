import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { dataCheckLines } from '../../../src/main/commands/tables/dataCheckLines'
import { suspectsCsv } from '../../../src/main/commands/tables/suspectsCsv'
import { checkData, foldedSentence } from '../../../src/main/engine/datasets/dataCheck'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'
import { runDataCheck } from '../../../src/main/engine/datasets/runDataCheck'
import { suspectLabels } from '../../../src/main/engine/probes/scores/suspectLabels'
import { probeRun } from '../library/probeRun'

const folder = mkdtempSync(join(tmpdir(), 'layerscope-check-'))
afterAll(() => rmSync(folder, { recursive: true }))

const words = (text: string): string[] => text.split(' ')

describe('what two parts share', () => {
  const train = {
    sentences: ['a dog barks .', 'Hello !', ':-)', 'Thank you .'].map(words),
    documents: Int32Array.of(0, 0, 1, -1)
  }
  const test_ = {
    sentences: ['a dog barks .', 'hello', ':-(', 'A new one .', 'thank YOU'].map(words),
    documents: Int32Array.of(1, 2, 2, 1, -1)
  }

  test('is counted exactly and case and punctuation apart, with items and examples', () => {
    const { check, repeated } = checkData(train, test_, [0, 0, 0, 1, 2, 3, 4], (document) => `doc ${document}`)
    expect(check).toEqual({
      trainSentences: 4,
      testSentences: 5,
      testItems: 7,
      exact: { sentences: 1, items: 3, examples: ['a dog barks .'] },
      folded: { sentences: 3, items: 5, examples: ['a dog barks .', 'hello', 'thank YOU'] },
      documents: { inBoth: 1, test: 2, testSentences: 2, examples: ['doc 1'] }
    })
    expect([...repeated]).toEqual([1, 1, 0, 0, 1])
  })

  test('has no documents where a part names none', () => {
    expect(checkData({ ...train, documents: null }, test_, [], String).check.documents).toBeNull()
  })

  test('folding keeps letters with their marks and digits, and what has neither as it is', () => {
    expect(foldedSentence(words('L’été , 3 fois !'))).toBe('lété 3 fois')
    expect(foldedSentence(words('! ?'))).toBe('! ?')
    expect(foldedSentence(['e\u0301'])).toBe(foldedSentence(['é']))
  })
})

/** Sentences of two words, three a document; those of the second word `same` are equal across documents. */
function treebank(documents: number): string {
  return Array.from({ length: documents }, (_, document) =>
    [
      `# newdoc id = doc-${document}`,
      ...[0, 1, 2].map(
        (i) =>
          `1\tword${document}\tw\tNOUN\t_\t_\t0\troot\t_\t_\n2\t${i === 2 ? 'same' : `other${i}`}\tw\tVERB\t_\t_\t1\tdep\t_\t_\n`
      )
    ].join('\n')
  ).join('\n')
}

describe('documents of CoNLL-U', () => {
  async function open(documents: number, divideBy?: 'document' | 'sentence') {
    const path = join(folder, `${documents}.conllu`)
    writeFileSync(path, treebank(documents))
    const store = new DatasetStore()
    const info = await store.open({ paths: [path], divideBy })
    const dataset = store.get(info.id)
    const named = (split: string): Set<string> =>
      new Set([...dataset.documents(split)!.ids].map((id) => dataset.documents(split)!.names(id)))
    return { store, info, train: named('train'), test: named('test') }
  }

  test('stay whole when one file with ten of them or more is divided', async () => {
    const { info, train, test: tested } = await open(20)
    expect(info.warnings[0]).toBe(
      'One file was given, so its documents were divided at random (seed 1): 48 sentences to train on, 12 sentences to test on. Sentences of one document stay together.'
    )
    expect([...tested].filter((name) => train.has(name))).toEqual([])
    expect(tested.size).toBe(4)
    expect(info.labelLayers.map(({ id }) => id)).not.toContain('# newdoc')
  })

  test('with fewer, or when it is asked for, sentences are divided, and the check finds the documents', async () => {
    expect((await open(9)).info.warnings[0]).toContain('its sentences were divided at random')
    const { store, info, train, test: tested } = await open(20, 'sentence')
    expect(info.warnings[0]).toContain('its sentences were divided at random')
    const both = [...tested].filter((name) => train.has(name))
    const used = (split: string) => ({
      datasetId: info.id,
      split,
      words: info.splits.find(({ name }) => name === split)!.words
    })
    const check = runDataCheck(store, used('train'), used('test'), null, [])
    expect(check.documents).toMatchObject({ inBoth: both.length, test: tested.size })
    expect(check.documents!.inBoth).toBeGreaterThan(0)
  })
})

test('accuracy without repeated sentences is that of the other items', async () => {
  const line = (first: string, second: string): string =>
    `1\t${first}\t_\tNOUN\t_\t_\t0\troot\t_\t_\n2\t${second}\t_\tVERB\t_\t_\t1\tdep\t_\t_\n`
  const [train, tested] = [join(folder, 'train.conllu'), join(folder, 'test.conllu')]
  writeFileSync(train, [line('dogs', 'bark'), line('cats', 'purr')].join('\n'))
  writeFileSync(tested, [line('Dogs', 'bark'), line('birds', 'sing'), line('fish', 'swim')].join('\n'))
  const store = new DatasetStore()
  const { id } = await store.open({ paths: [train, tested], splitNames: ['train', 'test'] })
  const { layers } = probeRun('a')
  // The first sentence is known; of the others layer 0 has two of four right (one left out), layer 1 three.
  const items = {
    sentences: [0, 0, 1, 1, 2, 2],
    gold: [0, 1, 0, 1, 0, -1],
    predictions: [0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0]
  }
  const used = (split: string, count: number) => ({ datasetId: id, split, words: count })
  const check = runDataCheck(store, used('train', 4), used('test', 6), items, layers)
  expect(check).toMatchObject({
    trainSentences: 2,
    testSentences: 3,
    testItems: 5,
    exact: { sentences: 0 },
    folded: { sentences: 1, items: 2 },
    documents: null
  })
  expect(layers.map(({ unseen }) => unseen)).toEqual([
    { accuracy: 1 / 3, items: 3 },
    { accuracy: 1, items: 3 }
  ])
  expect(dataCheckLines({ dataCheck: check, layers, options: probeRun('a').options })).toEqual([
    'data check: 1 test sentences also occur in training (0 of them word for word), 40.0 % of the test items; without them 100.00 instead of 90.00 at layer 1'
  ])
  // Only what was used counts.
  expect(runDataCheck(store, used('train', 0), used('test', 6), items, probeRun('b').layers).folded.sentences).toBe(0)
})

test('a label is doubtful where several layers surely give the same other answer', () => {
  const run = {
    ...probeRun('a'),
    layers: [0, 1, 2].map((layer) => ({ ...probeRun('a').layers[0]!, layer })),
    classes: ['A', 'B', 'C']
  }
  const tensors: Record<string, number[]> = {
    gold: [0, 0, 1, -1, 2],
    predictions: [1, 1, 1, 0, 0, 1, 2, 0, 0, 0, 1, 1, 1, 0, 0],
    probability: [0.95, 0.99, 1, 1, 0.9, 0.97, 0.99, 0.99, 1, 0.92, 0.8, 0.91, 1, 1, 0.94]
  }
  const rows = suspectLabels(
    run,
    (name) => tensors[name]!,
    (item) => ({ sentence: item, position: 0, form: `w${item}`, left: '', right: 'x, y' })
  )
  expect(rows.map(({ form, gold, predicted, layers }) => [form, gold, predicted, layers])).toEqual([
    ['w4', 'C', 'A', [0, 1, 2]],
    ['w0', 'A', 'B', [0, 1]],
    ['w1', 'A', 'B', [0, 2]]
  ])
  expect(rows[1]!.probability).toBeCloseTo(0.96, 12)
  expect(suspectsCsv(rows).split('\r\n').slice(0, 2)).toEqual([
    'split,sentence,word,form,gold,predicted,layers,probability,left,right',
    `test,5,1,w4,C,A,0 1 2,${(0.9 + 0.92 + 0.94) / 3},,"x, y"`
  ])
})
