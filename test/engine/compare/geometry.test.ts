import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { nearestNeighbours } from '@shared/projection/knn'
import {
  cosineWithMean,
  firstSingularShare,
  meanPairCosine,
  unitVectors
} from '../../../src/main/engine/compare/contextuality'
import { differentRows, twoNn } from '../../../src/main/engine/compare/twoNn'

interface Reference {
  width: number
  vectors: number[]
  types: { rows: number[]; similarity: number; explained: number }[]
  sentences: { rows: number[]; similarity: number }[]
  torus: { width: number; points: number[]; fit: number; likelihood: number }
}
/** What NumPy computes, literally by the definitions; see make_reference.py there. */
const reference = JSON.parse(readFileSync(resolve('test/fixtures/geometry/reference.json'), 'utf8')) as Reference
const vectors = Float32Array.from(reference.vectors)
const { width } = reference
const unit = unitVectors(vectors, width)

it.each(reference.types)('self-similarity and maximum explainable variance of $rows.length occurrences', (type) => {
  expect(meanPairCosine(unit, type.rows)).toBeCloseTo(type.similarity, 12)
  expect(firstSingularShare(vectors, width, type.rows)).toBeCloseTo(type.explained, 10)
})

it.each(reference.sentences)('intra-sentence similarity of $rows.length words', ({ rows, similarity }) => {
  expect(cosineWithMean(vectors, unit, rows)).toBeCloseTo(similarity, 12)
})

it('has the first direction also where the rows add up to nothing', () => {
  expect(firstSingularShare(Float32Array.of(3, 0, -3, 0, 0, 1, 0, -1), 2, [0, 1, 2, 3])).toBeCloseTo(0.9, 12)
  expect(firstSingularShare(new Float32Array(4), 2, [0, 1])).toBe(0)
})

it('the intrinsic dimension of a torus in eight dimensions is that of NumPy, about two', async () => {
  const { width: columns, points, fit, likelihood } = reference.torus
  const torus = Float32Array.from(points)
  const { distances } = await nearestNeighbours(torus, points.length / columns, columns, { k: 2, metric: 'euclidean' })
  const dimension = twoNn(distances)
  expect(dimension.fit).toBeCloseTo(fit, 3)
  expect(dimension.likelihood).toBeCloseTo(likelihood, 3)
  expect(Math.abs(dimension.fit - 2)).toBeLessThan(0.25)
})

it('leaves out vectors that are there already', () => {
  expect(differentRows(Float32Array.of(1, 2, 1, 2, 2, 1, 1, 2), 2, [0, 1, 2, 3])).toEqual([0, 2])
})
