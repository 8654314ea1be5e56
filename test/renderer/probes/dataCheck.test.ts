import type { DataCheck } from '@shared/dataCheck'
import { expect, it } from 'vitest'
import { dataCheckHeadline, dataCheckSentences } from '@/modules/probes/dataCheckSentences'
import { probeResult } from './fixture'

const clean: DataCheck = {
  trainSentences: 2000,
  testSentences: 1,
  testItems: 10,
  exact: { sentences: 0, items: 0, examples: [] },
  folded: { sentences: 0, items: 0, examples: [] },
  documents: { inBoth: 0, test: 3, testSentences: 0, examples: [] }
}
const thin = '\u202f'

it('a run of clean parts says so', () => {
  const result = probeResult('upos', { dataCheck: clean })
  expect(dataCheckHeadline(result)).toBe('dev and test share no sentence and no document.')
  expect(dataCheckHeadline({ ...result, dataCheck: { ...clean, documents: null } })).toBe(
    'dev and test share no sentence.'
  )
  expect(dataCheckSentences(result)).toEqual([
    '2,000 sentences of dev and 1 sentence of test were used.',
    'Test sentences also in dev: 0 verbatim, 0 ignoring case and punctuation.',
    'Test documents also in dev: 0 of 3.'
  ])
})

it('repeated sentences and shared documents are reported, with what they do to the best layer', () => {
  const run = probeResult('upos')
  const layers = run.layers.map((layer) => ({ ...layer, unseen: { accuracy: layer.accuracy - 0.01, items: 9 } }))
  const result = {
    ...run,
    layers,
    dataCheck: {
      ...clean,
      folded: { sentences: 1, items: 1, examples: ['Hello !'] },
      documents: { inBoth: 2, test: 3, testSentences: 5, examples: ['a', 'b'] }
    }
  }
  const best = Math.max(...layers.map(({ accuracy }) => accuracy))
  const at = layers.findIndex(({ accuracy }) => accuracy === best)
  const shown = (share: number): string => `${(share * 100).toFixed(1)}${thin}%`
  expect(dataCheckHeadline(result)).toBe(
    `1 test sentence also occurs in dev; without it ${shown(best - 0.01)} instead of ${shown(best)}. 2 documents are in both parts.`
  )
  expect(dataCheckSentences(result)).toEqual([
    '2,000 sentences of dev and 1 sentence of test were used.',
    `Test sentences also in dev: 0 verbatim, 1 ignoring case and punctuation, with 10.0${thin}% of the test items.`,
    `The best layer, ${at}, is right on ${shown(best)} of all items and on ${shown(best - 0.01)} of the 9 in other sentences.`,
    'Test documents also in dev: 2 of 3 (a, b).'
  ])
})
