import { expect, test } from 'vitest'
import { ensembleScore } from '../../../src/main/engine/training/task/ensemble'

test('probabilities are averaged, not scores or votes', () => {
  // Two runs are slightly for the second class, one is certain of the first: the mean probability is for the first.
  const probabilities = [
    [0.45, 0.55],
    [0.45, 0.55],
    [0.95, 0.05]
  ]
  const members = probabilities.map((row) => Float32Array.from(row, (share) => Math.log(share) + 3))
  expect(ensembleScore(members, 2, Float64Array.of(0), 'class')).toMatchObject({ members: 3, score: 1 })
  expect(ensembleScore(members.slice(0, 2), 2, Float64Array.of(0), 'class').score).toBe(0)
  // A single member answers as it does by itself.
  const one = Float32Array.of(2, 1, 0, 5)
  expect(ensembleScore([one], 2, Float64Array.of(0, 0), 'class').score).toBe(0.5)
})

test('macro-F1 is that of the mean answers', () => {
  const scores = Float32Array.of(2, 0, 2, 0, 0, 2, 2, 0)
  const { score, macroF1 } = ensembleScore([scores, scores], 2, Float64Array.of(0, 0, 1, 1), 'class')
  expect(score).toBe(0.75)
  // F1 of 2 x 2 / (2 x 2 + 1) and 2 x 1 / (2 x 1 + 1)
  expect(macroF1).toBeCloseTo((0.8 + 2 / 3) / 2, 10)
})

test('quantities are averaged', () => {
  const members = [Float32Array.of(0, 2, 4), Float32Array.of(2, 2, 2)]
  const gold = Float64Array.of(1, 2, 3)
  expect(ensembleScore(members, 1, gold, 'number')).toEqual({ members: 2, score: 1, macroF1: null })
})
