import { describe, expect, it } from 'vitest'
import { massShares } from '@/modules/attention/mass'
import { applyThreshold, massSources, prepareAttention, type PrepareOptions } from '@/modules/attention/shownAttention'
import { takeUnits } from '@/modules/attention/visibleUnits'
import { tokens, weights, words } from './sentence'

const raw = { heads: 1, tokens: 5, weights }
const options: PrepareOptions = {
  unit: 'token',
  hideSpecial: true,
  renormalise: false,
  pair: 'all' as const,
  heads: [3],
  mean: false,
  firstHead: 3
}
const prepare = (changes: Partial<PrepareOptions> = {}) =>
  prepareAttention(raw, { tokens, words }, { ...options, ...changes })

describe('hiding special tokens', () => {
  it('takes their rows and columns away and leaves the other weights as they are', () => {
    const { units, maps, ofToken } = prepare()
    expect(units.map((unit) => unit.text)).toEqual(['the', 'bank', '##s'])
    expect([...ofToken]).toEqual([-1, 0, 1, 2, -1])
    expect([...maps[0]!.weights]).toEqual([0.2, 0.3, 0.3, 0.1, 0.1, 0.2, 0.3, 0.3, 0.1].map(Math.fround))
    expect(maps[0]!.head).toBe(3)
  })
  it('says how much attention each row gave to them, by hand', () => {
    // the: 0.1 + 0.1; bank: 0.5 + 0.1; ##s: 0.1 + 0.2.
    const { hidden } = prepare().maps[0]!
    ;[0.2, 0.6, 0.3].forEach((share, row) => expect(hidden[row]).toBeCloseTo(share, 6))
  })
  it('scales rows to 1 only when asked to', () => {
    const [map] = prepare({ renormalise: true }).maps
    for (let row = 0; row < 3; row++)
      expect(map!.weights.subarray(row * 3, row * 3 + 3).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 6)
    expect(map!.weights[3]).toBeCloseTo(0.1 / 0.4, 6)
    expect(map!.hidden[1]).toBeCloseTo(0.6, 6)
  })
  it('leaves a row empty that gave everything to them', () => {
    const part = takeUnits(Float32Array.from([1, 0, 1, 0]), 2, [1], true)
    expect([...part.weights]).toEqual([0])
    expect([...part.hidden]).toEqual([1])
  })
  it('hides nothing when everything is shown', () => {
    expect([...prepare({ hideSpecial: false }).maps[0]!.hidden]).toEqual([0, 0, 0, 0, 0])
  })
})

describe('where the attention went', () => {
  it('adds up to all of it, by hand', () => {
    const prepared = prepare()
    const maps = applyThreshold(prepared, { kind: 'weight', value: 0.25 })
    // Drawn: the 0.3 + 0.3; bank nothing; ##s 0.3 + 0.3. Over three rows: 1.2 / 3. Hidden: (0.2 + 0.6 + 0.3) / 3.
    const shares = massShares(massSources(prepared, maps), null)
    expect(shares.drawn).toBeCloseTo(0.4, 6)
    expect(shares.hidden).toBeCloseTo(1.1 / 3, 6)
    expect(shares.below).toBeCloseTo(1 - 0.4 - 1.1 / 3, 6)
  })
  it('is that of one row where one is in focus', () => {
    const prepared = prepare()
    const maps = applyThreshold(prepared, { kind: 'weight', value: 0.2 })
    const shares = massShares(massSources(prepared, maps), 1)
    expect(shares.drawn).toBeCloseTo(0.2, 6)
    expect(shares.below).toBeCloseTo(0.2, 6)
    expect(shares.hidden).toBeCloseTo(0.6, 6)
  })
  it("is the same of the model's own weights when rows are scaled", () => {
    const prepared = prepare({ renormalise: true })
    const shares = massShares(massSources(prepared, applyThreshold(prepared, { kind: 'mass', value: 1 })), null)
    expect(shares.drawn).toBeCloseTo(1 - 1.1 / 3, 6)
    expect(shares.hidden).toBeCloseTo(1.1 / 3, 6)
  })
})

describe('several heads', () => {
  const two = {
    heads: 2,
    tokens: 5,
    weights: Float32Array.from([...weights, ...weights.map((_, index) => (index % 6 === 0 ? 1 : 0))])
  }
  it('are a map each, in the order asked for', () => {
    const { maps } = prepareAttention(
      two,
      { tokens, words },
      { ...options, hideSpecial: false, heads: [1, 0], firstHead: 0 }
    )
    expect(maps.map((map) => map.head)).toEqual([1, 0])
    expect(maps[0]!.weights[6]).toBe(1)
    expect(maps[1]!.weights[6]).toBe(Math.fround(0.2))
  })
  it('become one map as a mean, before words are pooled', () => {
    const { maps } = prepareAttention(
      two,
      { tokens, words },
      { ...options, unit: 'word', hideSpecial: false, heads: [0, 1], mean: true, firstHead: 0 }
    )
    expect(maps).toHaveLength(1)
    expect(maps[0]!.head).toBeNull()
    // banks to banks: mean of 0.35 and 1.
    expect(maps[0]!.weights[10]).toBeCloseTo(0.675, 6)
  })
})
