import { describe, expect, it } from 'vitest'
import { meanOfHeads, poolAttention } from '@/modules/attention/pooling'
import { unitsOf } from '@/modules/attention/units'
import { tokens, weights, words } from './sentence'

describe('units', () => {
  it('are tokens as the model reads them', () => {
    const { units, ofToken } = unitsOf({ tokens, words }, 'token')
    expect(units.map((unit) => unit.text)).toEqual(['[CLS]', 'the', 'bank', '##s', '[SEP]'])
    expect([...ofToken]).toEqual([0, 1, 2, 3, 4])
  })
  it('are words with all their pieces, and special tokens by themselves', () => {
    const { units, ofToken } = unitsOf({ tokens, words }, 'word')
    expect(units).toEqual([
      { text: '[CLS]', raw: '[CLS]', special: true, word: null, token: 0 },
      { text: 'The', special: false, word: 0, token: 1 },
      { text: 'banks', special: false, word: 1, token: 2 },
      { text: '[SEP]', raw: '[SEP]', special: true, word: null, token: 4 }
    ])
    expect([...ofToken]).toEqual([0, 1, 2, 2, 3])
  })
  it('keep two special tokens in a row apart, and leave words without tokens out', () => {
    const twice = [tokens[0]!, tokens[0]!, { ...tokens[1]!, word: 1 }]
    expect(unitsOf({ tokens: twice, words: ['\u200b', 'the'] }, 'word').units.map((unit) => unit.text)).toEqual([
      '[CLS]',
      '[CLS]',
      'the'
    ])
  })
})

describe('attention between words', () => {
  it('is the sum over the pieces looked at and the mean over the pieces that look, by hand', () => {
    const pooled = poolAttention(weights, unitsOf({ tokens, words }, 'word').ofToken, 4)
    const expected = [
      // [CLS]: 0.2 + 0.1 to "banks".
      0.4, 0.2, 0.3, 0.1,
      // The: 0.3 + 0.3.
      0.1, 0.2, 0.6, 0.1,
      // banks: mean of its two rows (0.5, 0.1, 0.1 + 0.2, 0.1) and (0.1, 0.3, 0.3 + 0.1, 0.2).
      0.3, 0.2, 0.35, 0.15,
      // [SEP]: 0.25 + 0.25.
      0.25, 0.25, 0.5, 0
    ]
    pooled.forEach((weight, index) => expect(weight).toBeCloseTo(expected[index]!, 6))
  })
  it('leaves rows with their sum of 1', () => {
    const pooled = poolAttention(weights, Int32Array.from([0, 1, 2, 2, 3]), 4)
    for (let row = 0; row < 4; row++)
      expect(pooled.subarray(row * 4, row * 4 + 4).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 6)
  })
})

it('the mean of heads takes only those asked for', () => {
  const three = Float32Array.from([1, 0, 0, 1, 0, 1, 1, 0, 0.5, 0.5, 0.5, 0.5])
  expect([...meanOfHeads(three, [0, 1], 2)]).toEqual([0.5, 0.5, 0.5, 0.5])
  expect([...meanOfHeads(three, [1], 2)]).toEqual([0, 1, 1, 0])
  const mean = meanOfHeads(three, [0, 2], 2)
  expect([...mean]).toEqual([0.75, 0.25, 0.25, 0.75])
})
