import { tensorData } from '@shared/tensorData'
import { expect, it } from 'vitest'
import { headTargets } from '@/shell/inspector/headTargets'
import { sentenceAnalysis } from '../fixtures'

const { tokens } = sentenceAnalysis(['The', 'boat'])
const map = tensorData([4, 4], Float32Array.of(1, 0, 0, 0, 0.1, 0.2, 0.6, 0.1, 0, 0, 0, 1, 0.25, 0.25, 0.25, 0.25))

it('lists where a token looks, most first, by the row of its query', () => {
  expect(headTargets(map, tokens, 1, 2)).toEqual([
    { token: 2, word: 1, special: false, weight: Math.fround(0.6) },
    { token: 1, word: 0, special: false, weight: Math.fround(0.2) }
  ])
})
it('lists nothing for a token the map does not have', () => {
  expect([headTargets(map, tokens, -1, 3), headTargets(map, tokens, 4, 3)]).toEqual([[], []])
})
