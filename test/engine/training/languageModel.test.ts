import { expect, test } from 'vitest'
import { unlabelled } from '../../../src/main/engine/training/losses'
import { causalSequence, maskedSequence } from '../../../src/main/engine/training/task/languageModel'

const masking = { mask: 999, vocabulary: 1000 }

test('every token of a causal model predicts the next one', () => {
  expect(causalSequence(Int32Array.of(5, 6, 7)).labels).toEqual([6, 7, unlabelled])
})

test('special tokens are never predicted, wherever a tokenizer puts them', () => {
  // As XLNet's: both at the end.
  const ids = Int32Array.from({ length: 60 }, (_, i) => i)
  const wordOfToken = ids.map((_, i) => (i < 58 ? i : -1))
  for (let seed = 0; seed < 50; seed++) {
    const { read, labels } = maskedSequence(ids, wordOfToken, masking, seed)
    expect(labels.slice(58)).toEqual([unlabelled, unlabelled])
    expect([...read.slice(58)]).toEqual([58, 59])
  }
})

test('15 % are predicted: 80 % of these are masked, 10 % are other tokens, 10 % stay (Devlin et al. 2019)', () => {
  const ids = new Int32Array(20_000).fill(1)
  const { read, labels } = maskedSequence(ids, new Int32Array(20_000), masking, 7)
  const chosen = labels.flatMap((label, i) => (label === unlabelled ? [] : [read[i]!]))
  expect(Math.abs(chosen.length / 20_000 - 0.15)).toBeLessThan(0.01)
  const share = (test: (id: number) => boolean): number => chosen.filter(test).length / chosen.length
  expect(Math.abs(share((id) => id === 999) - 0.8)).toBeLessThan(0.03)
  expect(Math.abs(share((id) => id === 1) - 0.1)).toBeLessThan(0.03)
  // What is not predicted is read as it is.
  expect(labels.every((label, i) => label !== unlabelled || read[i] === 1)).toBe(true)
})

test('of a short sentence one token is predicted', () => {
  for (let seed = 0; seed < 20; seed++) {
    const { labels } = maskedSequence(Int32Array.of(1, 2, 3), Int32Array.of(-1, 0, -1), masking, seed)
    expect(labels).toEqual([unlabelled, 2, unlabelled])
  }
})
