import { expect, test } from 'vitest'
import type { FinetuneResult } from '@shared/finetune'
import { flipsOf } from '@/modules/adapt/flips'

function run(predictions: [sentence: number, word: number | null, gold: number, predicted: number][]): FinetuneResult {
  return {
    classes: ['NOUN', 'VERB', 'PUNCT'],
    predictions: predictions.map(([sentence, word, gold, predicted]) => ({ sentence, word, gold, predicted }))
  } as FinetuneResult
}

test('answers that changed: those that became right first, and only of items that both were tested on', () => {
  const before = run([
    [0, 0, 0, 0],
    [0, 1, 1, 0],
    [0, 2, 2, 0],
    [3, 0, 1, 1],
    [9, 0, 0, 0]
  ])
  const after = run([
    [0, 0, 0, 1],
    [0, 1, 1, 1],
    [0, 2, 2, 1],
    [3, 0, 1, 1],
    [4, 0, 1, 1]
  ])
  expect(flipsOf(before, after)).toEqual({
    items: 4,
    counts: { 'right now': 1, 'wrong now': 1, 'wrong in both': 1 },
    rows: [
      { sentence: 0, word: 1, gold: 'VERB', before: 'NOUN', after: 'VERB', kind: 'right now' },
      { sentence: 0, word: 0, gold: 'NOUN', before: 'NOUN', after: 'VERB', kind: 'wrong now' },
      { sentence: 0, word: 2, gold: 'PUNCT', before: 'NOUN', after: 'VERB', kind: 'wrong in both' }
    ]
  })
})

test('nothing in common is nothing to compare', () => {
  expect(flipsOf(run([[0, null, 0, 0]]), run([[1, null, 0, 0]]))).toBeNull()
})
