import { expect, test } from 'vitest'
import { defaultCurve } from '@shared/curveSettings'
import { defaultMethod } from '@shared/probeMethods'
import { cellsOf } from '../../../src/main/engine/curves/cells'
import { drawSentences, trainingPlaces } from '../../../src/main/engine/curves/drawSentences'

const base = { probe: defaultMethod('linear'), control: true, seed: 5, trainSplit: 'train', testSplit: 'test' }

test('by size: every share with every draw, and all sentences once where nothing is drawn', () => {
  const settings = { kind: 'size' as const, shares: [1, 0.25, 0.5], draws: 2 }
  expect(cellsOf(settings, base).map(({ share, seed }) => [share, seed])).toEqual([
    [0.25, 5],
    [0.25, 6],
    [0.5, 5],
    [0.5, 6],
    [1, 5]
  ])
  expect(
    cellsOf(settings, { ...base, probe: defaultMethod('mlp') })
      .map(({ share, seed }) => [share, seed])
      .slice(-2)
  ).toEqual([
    [1, 5],
    [1, 6]
  ])
})

test('by hidden size: 0 is the linear probe, the others take over what was set of the MLP', () => {
  const cells = cellsOf(
    { kind: 'hidden', sizes: [16, 0] },
    { ...base, probe: { ...defaultMethod('mlp'), dropout: 0.3 } }
  )
  expect(cells.map(({ at, probe }) => [at, probe.kind])).toEqual([
    [0, 'linear'],
    [16, 'mlp']
  ])
  expect(cells[1]!.probe).toMatchObject({ hidden: [16], dropout: 0.3 })
  expect(cells.every(({ control }) => control)).toBe(true)
})

test('by rank: low-rank probes, or structural ones, one rank each', () => {
  expect(
    cellsOf({ kind: 'rank', ranks: [4, 1, 4] }, base).map(({ at, probe }) => [
      at,
      probe.kind,
      probe.kind === 'lowRank' && probe.ranks
    ])
  ).toEqual([
    [1, 'lowRank', [1]],
    [4, 'lowRank', [4]]
  ])
  expect(cellsOf({ kind: 'rank', ranks: [2] }, { ...base, probe: defaultMethod('structural') })[0]).toMatchObject({
    probe: { kind: 'structural', ranks: [2] },
    control: false
  })
})

test('languages: each is trained on, all are tested on', () => {
  const cells = cellsOf(defaultCurve('languages', ['en', 'de']), base)
  expect(cells.map(({ trainSplit, testSplits }) => [trainSplit, ...testSplits])).toEqual([
    ['en', 'en', 'de'],
    ['de', 'en', 'de']
  ])
})

test('what has no such curve is refused', () => {
  expect(() => cellsOf(defaultCurve('size'), { ...base, probe: defaultMethod('structural') })).toThrow(
    'A structural probe only has a curve by rank; choose another kind of probe for this curve.'
  )
  expect(() => cellsOf(defaultCurve('restarts'), { ...base, probe: defaultMethod('knn') })).toThrow(
    'Nearest neighbours have no random starts; choose another kind of probe for this curve.'
  )
})

test('a smaller draw is part of every larger one, another seed draws others', () => {
  const sentences = Array.from({ length: 600 }, (_, i) => Math.floor(i / 3))
  const draws = [1 / 64, 1 / 8, 1 / 2, 1].map((share) => drawSentences(sentences, share, 7))
  expect(draws.map(({ size }) => size)).toEqual([3, 25, 100, 200])
  draws.slice(1).forEach((larger, i) => expect([...draws[i]!].every((sentence) => larger.has(sentence))).toBe(true))
  expect([...drawSentences(sentences, 1 / 8, 8)].sort()).not.toEqual([...draws[1]!].sort())
  expect(drawSentences([4, 4], 0.001, 1)).toEqual(new Set([4]))
})

test('parts of as many sentences are divided alike', () => {
  expect(trainingPlaces(50, 0.7, 3)).toEqual(trainingPlaces(50, 0.7, 3))
  expect(trainingPlaces(50, 0.7, 3).reduce((sum, one) => sum + one, 0)).toBe(35)
})
