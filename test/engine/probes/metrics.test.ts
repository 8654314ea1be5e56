import { describe, expect, test } from 'vitest'
import { majorityBaseline, memoriserBaseline } from '../../../src/main/engine/probes/scores/baselines'
import { accuracy, confusionMatrix, macroF1, scoresByClass } from '../../../src/main/engine/probes/scores/metrics'
import { fixture } from './fixture'

interface Scores {
  gold: number[]
  predicted: number[]
  accuracy: number
  macroF1: number
  precision: number[]
  recall: number[]
  f1: number[]
  support: number[]
  confusion: number[]
}

describe('scores', () => {
  test('are scikit-learn’s, a class without gold or predicted items included', () => {
    const theirs = fixture<Scores>('scores.json')
    const names = ['a', 'b', 'c', 'd', 'e']
    const confusion = confusionMatrix(Int32Array.from(theirs.gold), Int32Array.from(theirs.predicted), 5)
    expect(Array.from(confusion)).toEqual(theirs.confusion)
    expect(accuracy(confusion, 5)).toBeCloseTo(theirs.accuracy, 12)
    expect(macroF1(confusion, 5)).toBeCloseTo(theirs.macroF1, 12)
    scoresByClass(confusion, names).forEach((ours, k) => {
      expect(ours.label).toBe(names[k])
      expect(ours.precision).toBeCloseTo(theirs.precision[k]!, 12)
      expect(ours.recall).toBeCloseTo(theirs.recall[k]!, 12)
      expect(ours.f1).toBeCloseTo(theirs.f1[k]!, 12)
      expect(ours.support).toBe(theirs.support[k])
    })
  })

  test('leave out items without a label', () => {
    expect(Array.from(confusionMatrix(Int32Array.of(0, -1, 1), Int32Array.of(0, 0, 0), 2))).toEqual([1, 0, 1, 0])
  })
})

describe('baselines', () => {
  const train = { labels: Int32Array.of(0, 0, 1, 1, 1, 2, 2), types: ['the', 'the', 'run', 'run', 'dog', 'run', 'to'] }
  const test_ = { labels: Int32Array.of(0, 1, 2, 2), types: ['the', 'run', 'to', 'unseen'] }

  test('the majority', () => {
    const { label, accuracy: share, macroF1: f1 } = majorityBaseline(train.labels, test_.labels, 3)
    expect(label).toBe(1)
    expect(share).toBe(1 / 4)
    // Class 1: 2 * 1 / (1 gold + 4 predicted); the others 0.
    expect(f1).toBeCloseTo(2 / 5 / 3, 12)
  })

  test('the memoriser answers a type’s own label, and the majority’s to an unseen one', () => {
    const { accuracy: share, macroF1: f1 } = memoriserBaseline(train, test_, 3)
    expect(share).toBe(3 / 4)
    // F1: class 0 1; class 1 2 * 1 / (1 + 2); class 2 2 * 1 / (2 + 1).
    expect(f1).toBeCloseTo((1 + 2 / 3 + 2 / 3) / 3, 12)
  })

  test('the memoriser settles a tie by what is more frequent overall', () => {
    const tied = { labels: Int32Array.of(0, 1, 1), types: ['lead', 'lead', 'other'] }
    expect(memoriserBaseline(tied, { labels: Int32Array.of(1), types: ['lead'] }, 2).accuracy).toBe(1)
  })
})
