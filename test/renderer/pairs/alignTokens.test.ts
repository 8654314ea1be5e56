import type { TokenProbabilities } from '@shared/minimalPairs'
import { expect, test } from 'vitest'
import { alignTokens, contribution } from '@/modules/pairs/alignTokens'

const sentence = (text: string, ...logProbabilities: (number | null)[]): TokenProbabilities => ({
  tokens: text.split(' '),
  logProbabilities
})
const shown = (good: TokenProbabilities, bad: TokenProbabilities): string =>
  alignTokens(good, bad)
    .map((place) => `${place.good?.text ?? '-'}/${place.bad?.text ?? '-'}${place.same ? '' : '!'}`)
    .join(' ')

test('a token in the place of another is beside it', () => {
  expect(shown(sentence('He sleep s .', -1, -2, -3, -4), sentence('He sleep .', -1, -2, -5))).toBe(
    'He/He sleep/sleep s/-! ./.'
  )
  expect(shown(sentence('The dog runs .', 0, 0, 0, 0), sentence('The dog run .', 0, 0, 0, 0))).toBe(
    'The/The dog/dog runs/run! ./.'
  )
})

test('moved tokens are missing in one place and additional in another', () => {
  expect(shown(sentence('a b c d', 0, 0, 0, 0), sentence('a c b d', 0, 0, 0, 0))).toBe('a/a b/-! c/c -/b! d/d')
})

test('what a place adds is the difference, and the places add up to that of the sentences', () => {
  const [good, bad] = [sentence('He sleeps now .', null, -2, -3, -1), sentence('He sleep .', null, -4, -1.5)]
  const places = alignTokens(good, bad)
  expect(places.map(contribution)).toEqual([0, 2, -3, 0.5])
  expect(places.map(contribution).reduce((a, b) => a + b)).toBeCloseTo(-6 - -5.5)
})
