import { describe, expect, it } from 'vitest'
import { goldCells, goldHeadHits, goldShares, headSummary, relationOf } from '@/modules/attention/headSummary'
import { tokens, weights } from './sentence'

describe('where a head looks', () => {
  it('is the mean over ordinary tokens, in shares of 1, by hand', () => {
    const summary = headSummary(weights, tokens)
    // the: special 0.1 + 0.1, itself 0.2, next 0.3, elsewhere 0.3; bank: special 0.6, previous 0.1, itself 0.1, next
    // 0.2;
    // ##s: special 0.3, previous 0.3, itself 0.1, elsewhere 0.3.
    expect(summary.special).toBeCloseTo(1.1 / 3, 6)
    expect(summary.previous).toBeCloseTo(0.4 / 3, 6)
    expect(summary.self).toBeCloseTo(0.4 / 3, 6)
    expect(summary.next).toBeCloseTo(0.5 / 3, 6)
    expect(summary.elsewhere).toBeCloseTo(0.6 / 3, 6)
    expect(Object.values(summary).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6)
  })
  it('is nothing for a sentence of special tokens', () => {
    expect(headSummary(Float32Array.from([1]), [tokens[0]!])).toEqual({
      special: 0,
      self: 0,
      previous: 0,
      next: 0,
      elsewhere: 0
    })
  })
})

describe('gold heads', () => {
  // "She reads old books": She <- reads, reads is the root, old <- books, books <- reads; [CLS] first.
  const heads = [2, 0, 4, 2]
  const rows = [null, 0, 1, 2, 3]
  const words = Float32Array.from([
    1, 0, 0, 0, 0, 0.6, 0.2, 0.1, 0.05, 0.05, 0.2, 0.2, 0.2, 0.2, 0.2, 0.1, 0, 0.1, 0.5, 0.3, 0.2, 0.3, 0.25, 0.25, 0
  ])
  it('are found where no other word gets more, special tokens and the word itself aside', () => {
    // She: reads 0.1 is the most of the others. old: books 0.3. books: She 0.3 beats reads 0.25.
    expect(goldHeadHits(words, rows, heads)).toEqual({ hits: 2, words: 3 })
  })
  it('leave the root and words without a head out', () => {
    expect(goldHeadHits(words, rows, [0, -1, -1, -1])).toEqual({ hits: 0, words: 0 })
  })
  it('get so much attention along the arcs, either way', () => {
    // She to reads 0.1, old to books 0.3, books to reads 0.25; reads to She 0.2, books to old 0.25, reads to books 0.2.
    expect(goldShares(words, rows, heads)).toEqual({
      up: expect.closeTo(0.65 / 3) as number,
      down: expect.closeTo(0.65 / 3) as number
    })
    expect(goldShares(words, rows, [0, -1, -1, -1])).toBeNull()
  })
  it('are ringed from first piece to first piece, among what is shown', () => {
    const pieces = [{ word: 0 }, { word: 1 }, { word: 2 }, { word: 2 }, { word: 3 }]
    expect(goldCells(pieces, heads)).toEqual([
      { query: 0, key: 1 },
      { query: 2, key: 4 },
      { query: 4, key: 1 }
    ])
    expect(goldCells([{ word: 0 }, { word: null }], heads)).toEqual([])
    const arcs = goldCells(pieces, heads)
    const relations = ['nsubj', 'root', 'obj', 'x', 'y']
    expect(relationOf({ query: 0, key: 1 }, arcs, pieces, relations)).toBe(relations[pieces[0]!.word!])
    expect(relationOf({ query: 1, key: 0 }, arcs, pieces, relations)).toBeNull()
    expect(relationOf({ query: 0, key: 1 }, arcs, pieces, undefined)).toBe('')
  })
})
