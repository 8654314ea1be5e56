import { expect, it } from 'vitest'
import { seededRandom } from '@shared/random'
import { leastRows, nearestTo } from '../../../src/main/engine/activations/nearestRows'
import { classCorrelations, columnStatistics, histogramOf } from '../../../src/main/engine/activations/unitStatistics'

const random = seededRandom(8)
const [count, width, classes] = [60, 4, 3]
const vectors = Float32Array.from({ length: count * width }, () => 3 + random.normal())
const rows = Array.from({ length: count }, (_, i) => i)
const ids = rows.map((row) => (row % 7 === 0 ? -1 : row % classes))

/** Pearson's correlation, by its definition. */
function pearson(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [ma, mb] = [mean(a), mean(b)]
  let [ab, aa, bb] = [0, 0, 0]
  a.forEach((value, i) => {
    ab += (value - ma) * (b[i]! - mb)
    aa += (value - ma) ** 2
    bb += (b[i]! - mb) ** 2
  })
  return ab / Math.sqrt(aa * bb)
}

it("correlates every neuron with every class as Pearson's correlation with an indicator", () => {
  const found = classCorrelations(vectors, width, rows, ids, classes)
  for (let id = 0; id < classes; id++)
    for (let column = 0; column < width; column++) {
      const values = rows.map((row) => vectors[row * width + column]!)
      const indicator = ids.map((one) => (one === id ? 1 : 0))
      expect(found[id * width + column]).toBeCloseTo(pearson(values, indicator), 12)
    }
})

it('a neuron or a class that does not vary goes with nothing', () => {
  const still = new Float32Array(count).fill(2)
  expect([...classCorrelations(still, 1, rows, ids, classes)]).toEqual([0, 0, 0])
  expect([...classCorrelations(vectors.subarray(0, count), 1, rows, new Array(count).fill(0), 2)]).toEqual([0, 0])
  expect(columnStatistics(Float32Array.of(1, 3), 1, [0, 1])).toEqual({
    mean: Float64Array.of(2),
    deviation: Float64Array.of(1)
  })
})

it('counts values in bins of equal width, the greatest in the last', () => {
  expect(histogramOf([0, 1, 2, 3, 4], 4)).toEqual({ low: 0, high: 4, counts: [1, 1, 1, 2] })
  expect(histogramOf([5, 5], 3)).toEqual({ low: 5, high: 5, counts: [2, 0, 0] })
})

it('finds the least rows in order, equal ones in their own, and the nearest to any vector', () => {
  const values = [3, 1, 2, 1, 0]
  expect(leastRows(5, 3, (row) => (row === 4 ? null : values[row]!)).map(({ row }) => row)).toEqual([1, 3, 2])
  const all = rows
    .map((row) => ({ row, distance: Math.hypot(...[0, 1, 2, 3].map((i) => vectors[row * width + i]! - 3)) }))
    .filter(({ row }) => row % 2 === 0)
    .sort((a, b) => a.distance - b.distance)
  const near = nearestTo([3, 3, 3, 3], vectors, 5, 'euclidean', (row) => row % 2 === 0)
  expect(near.map(({ row }) => row)).toEqual(all.slice(0, 5).map(({ row }) => row))
})
