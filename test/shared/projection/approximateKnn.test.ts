import { expect, it } from 'vitest'
import { approximateNeighbours, type MatrixProduct } from '@shared/projection/approximateKnn'
import { nearestNeighbours } from '@shared/projection/knn'
import { seededRandom } from '@shared/random'
import { metrics, words } from './fixture'

const product: MatrixProduct = (a, b, width) => {
  const [rows, columns] = [a.length / width, b.length / width]
  const result = new Float32Array(rows * columns)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      let sum = 0
      for (let i = 0; i < width; i++) sum += a[row * width + i]! * b[column * width + i]!
      result[row * columns + column] = sum
    }
  return result
}
const { vectors, count, width } = words

it.each(metrics)('finds nearly all neighbours of real words, and says how many (%s)', async (metric) => {
  const exact = await nearestNeighbours(vectors, count, width, { k: 14, metric })
  const near = await approximateNeighbours(vectors, count, width, { k: 14, metric, product, seed: 1 })
  let hits = 0
  for (let point = 0; point < count; point++) {
    const own = new Set(near.indices.subarray(14 * point, 14 * (point + 1)))
    for (let i = 0; i < 14; i++) if (own.has(exact.indices[14 * point + i]!)) hits++
  }
  const share = hits / (14 * count)
  expect(share).toBeGreaterThan(0.95)
  // 300 points stand for all 1,000.
  expect(Math.abs(near.recall - share)).toBeLessThan(0.02)
  // What is found is measured as the exact search measures it, and is in order.
  for (let i = 1; i < 14; i++) expect(near.distances[i]!).toBeGreaterThanOrEqual(near.distances[i - 1]!)
  expect(near.distances[0]).toBeGreaterThanOrEqual(exact.distances[0]!)
})

it('is the same for the same seed, and gives every point its neighbours however small its cell is', async () => {
  const random = seededRandom(3)
  // One point far from all others, in a cell of its own.
  const few = Float32Array.from({ length: 40 * 3 }, (_, i) => (i < 3 ? 1000 : random.normal()))
  const search = (seed: number) => approximateNeighbours(few, 40, 3, { k: 20, metric: 'euclidean', product, seed })
  const near = await search(2)
  expect([...near.indices].every((index) => index >= 0 && index < 40)).toBe(true)
  for (let point = 0; point < 40; point++)
    expect(new Set(near.indices.subarray(20 * point, 20 * (point + 1)))).toHaveProperty('size', 20)
  expect((await search(2)).indices).toEqual(near.indices)
})
