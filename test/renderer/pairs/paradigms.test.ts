import type { MinimalPairResult, ParadigmScore } from '@shared/minimalPairs'
import { expect, test } from 'vitest'
import { pairRows, paradigmRows } from '@/modules/pairs/pairRows'
import { groupParadigms, pairsLine, verdictOf } from '@/modules/pairs/paradigms'

const score = (
  name: string,
  accuracy: number,
  phenomenon: string | null = null,
  field: string | null = null
): ParadigmScore => ({
  name,
  accuracy,
  phenomenon,
  field,
  pairs: 100,
  interval: [accuracy - 0.1, accuracy + 0.1]
})
const paradigms = [
  score('island', 0.4, 'island_effects', 'syntax'),
  score('number', 0.9, 'agreement', 'morphology'),
  score('gap', 0.6, 'filler_gap', 'syntax'),
  score('wh_island', 0.7, 'island_effects', 'syntax')
]

test('paradigms of a phenomenon stand together, phenomena of a field too', () => {
  expect(
    groupParadigms(paradigms, 'phenomenon').map(({ title, paradigms: members }) => [
      title,
      members.map(({ name }) => name)
    ])
  ).toEqual([
    ['syntax: island effects', ['island', 'wh_island']],
    ['syntax: filler gap', ['gap']],
    ['morphology: agreement', ['number']]
  ])
  expect(groupParadigms([score('a', 0.5), score('b', 0.6)], 'phenomenon').map(({ title }) => title)).toEqual([''])
})

test('or the best first', () => {
  expect(groupParadigms(paradigms, 'accuracy')[0]!.paradigms.map(({ name }) => name)).toEqual([
    'number',
    'wh_island',
    'gap',
    'island'
  ])
})

test('an interval that holds a half says nothing', () => {
  expect([0.4, 0.39, 0.55, 0.61].map((accuracy) => verdictOf(score('', accuracy)))).toEqual([
    'level',
    'below',
    'level',
    'above'
  ])
})

test('exported rows say what they were measured on', () => {
  const result: MinimalPairResult = {
    id: 'r',
    createdAt: '',
    model: { id: 'm', name: 'gpt2' },
    data: 'pairs.tsv',
    dataHash: '',
    kind: 'causal',
    limit: 20,
    paradigms: [paradigms[0]!],
    total: { pairs: 1, accuracy: 0, interval: [0, 1] },
    backend: '',
    seconds: 1
  }
  expect(paradigmRows(result)).toEqual([
    {
      model: 'gpt2',
      data: 'pairs.tsv',
      scores: 'causal',
      pairs_of_each: 20,
      run: 'r',
      paradigm: 'island',
      phenomenon: 'island_effects',
      field: 'syntax',
      pairs: 100,
      accuracy: 0.4,
      accuracy_low: 0.30000000000000004,
      accuracy_high: 0.5
    }
  ])
  expect(
    pairRows(result, [{ index: 3, paradigm: 'island', good: 'a', bad: 'b', goodScore: -4, badScore: -6 }])[0]
  ).toMatchObject({ sentence_good: 'a', difference: 2, right: true })
})

test('a run says which pairs it is of: those of the data, or the first of each paradigm', () => {
  const run = { model: { id: 'm', name: 'tiny' }, data: 'BLiMP', kind: 'causal', total: { pairs: 940 } }
  expect(pairsLine({ ...run, limit: 20 } as MinimalPairResult)).toEqual([
    'tiny',
    'BLiMP',
    '940 pairs, the first 20 of each paradigm',
    'sums of log-probabilities'
  ])
  expect(pairsLine({ ...run, limit: null } as MinimalPairResult)[2]).toBe('940 pairs')
})
