import { describe, expect, it } from 'vitest'
import { costSentence, offeredLimit, totalCost, typedNumber, wordLimits } from '@/setup/setupOptions'

const extract = { words: 30_000, subwords: 36_000, seconds: 9, memoryBytes: 2e8, diskBytes: 1.6e8, cached: false }

describe('the cost of several tasks', () => {
  it('counts the words once and the solvers each', () => {
    const cost = totalCost([
      { extract, solveSeconds: 3, seconds: 12, memoryBytes: 3e8, diskBytes: 1.6e8 },
      { extract, solveSeconds: 7, seconds: 16, memoryBytes: 4e8, diskBytes: 1.6e8 }
    ])
    expect(cost).toEqual({ extract, seconds: 19, memoryBytes: 4e8, diskBytes: 1.6e8 })
    expect(costSentence(cost!)).toBe('30,000 words: about 19 s, 400 MB of memory, 160 MB on disk.')
  })
  it('says when the hidden states are there already', () => {
    const cost = totalCost([
      { extract: { ...extract, cached: true }, solveSeconds: 3, seconds: 3, memoryBytes: 3e8, diskBytes: 0 }
    ])
    expect(costSentence(cost!)).toBe('30,000 words, hidden states already on disk: about 3 s, 300 MB of memory.')
  })
  it('is nothing for no task', () => {
    expect(totalCost([])).toBeNull()
  })
})

describe('limits of words', () => {
  it('offer what is below the whole, and the whole', () => {
    expect(wordLimits(25_147).map((limit) => limit.value)).toEqual([2_000, 5_000, 10_000, 20_000, null])
    expect(wordLimits(1_200).map((limit) => limit.title)).toEqual(['all 1,200 words'])
  })
  it('fall back on all of it where there is less', () => {
    expect([offeredLimit(20_000, 25_000), offeredLimit(20_000, 20_000), offeredLimit(null, 5)]).toEqual([
      20_000,
      null,
      null
    ])
  })
})

it('reads typed numbers, and refuses what is none', () => {
  expect(['1', ' 0.5 ', '0,5', '1e-3'].map((text) => typedNumber(text, 1e-6, 1e6, false))).toEqual([1, 0.5, 0.5, 0.001])
  expect(['', 'x', '-1', '1e9', 'Infinity'].map((text) => typedNumber(text, 1e-6, 1e6, false))).toEqual([
    null,
    null,
    null,
    null,
    null
  ])
  expect([typedNumber('1.5', 0, 9, true), typedNumber('7', 0, 9, true)]).toEqual([null, 7])
})
