import { expect, it } from 'vitest'
import { meanDifference, scoresAlong, unit } from '@shared/projection/customAxes'
import { principalComponents } from '@shared/projection/pca'
import { points } from './fixture'

const { vectors, count, width } = points

it('goes from the mean of some rows to that of others', () => {
  const source = { vectors: Float32Array.of(0, 0, 2, 0, 3, 4, 9, 9), width: 2, skip: new Set([3]) }
  const { direction, items } = meanDifference(source, { title: 'a', rows: [0, 1] }, { title: 'b', rows: [2, 3] })
  // From (1, 0) to (3, 4); the row without a vector is left out.
  expect([...direction]).toEqual([2 / Math.hypot(2, 4), 4 / Math.hypot(2, 4)])
  expect(items).toEqual([2, 1])
  const end = (title: string, rows: number[]) => ({ title, rows })
  expect(() => meanDifference(source, end('a', [0]), end('b', [3]))).toThrow("'b' does not occur among these words")
  expect(() => meanDifference(source, end('a', [0]), end('b', [0]))).toThrow('have the same mean vector')
})

it('gives the scores and shares of principal components along the first two of them', async () => {
  const principal = await principalComponents(vectors, count, width, { components: 2 })
  const [first, second] = [principal.axes.slice(0, width), principal.axes.slice(width)]
  const along = await scoresAlong(vectors, count, width, first, second)
  along.scores.forEach((score, i) => expect(score).toBeCloseTo(principal.scores[i]!, 3))
  along.shares.forEach((share, i) => expect(share).toBeCloseTo(principal.explained[i]!, 6))
  expect(along.cosine).toBeCloseTo(0, 6)
  // The rest at right angles to the first component is led by the second.
  const rest = await scoresAlong(vectors, count, width, first, null)
  expect(rest.shares[1]).toBeCloseTo(principal.explained[1]!, 5)
  expect(rest.cosine).toBeCloseTo(0, 5)
})

it('says how oblique two axes are', async () => {
  const axes = [
    unit([1, 0, ...new Array<number>(width - 2).fill(0)])!,
    unit([1, 1, ...new Array<number>(width - 2).fill(0)])!
  ]
  const { cosine } = await scoresAlong(vectors, count, width, axes[0]!, axes[1]!)
  expect(cosine).toBeCloseTo(Math.SQRT1_2, 12)
  expect(unit([0, 0])).toBeNull()
})
