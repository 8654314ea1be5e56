import { describe, expect, it } from 'vitest'
import { nearestNeighbours } from '@shared/projection/knn'
import { plainProducts, type MakePairwiseProducts } from '@shared/projection/pairwiseProducts'
import type { Metric } from '@shared/projection'
import { seededRandom } from '@shared/random'
import { largestDifference, metrics, words } from './fixture'

/** All distances in double precision, sorted: what the fast path has to equal. */
function bruteForce(vectors: Float32Array, count: number, width: number, metric: Metric, k: number) {
  const indices: number[] = []
  const distances: number[] = []
  const row = (i: number) => Array.from(vectors.subarray(i * width, (i + 1) * width))
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)
  const rows = Array.from({ length: count }, (_, i) => row(i))
  rows.forEach((a, i) => {
    const all = rows.map((b, j) => ({
      j,
      d:
        metric === 'euclidean'
          ? Math.hypot(...a.map((value, c) => value - b[c]!))
          : 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
    }))
    const nearest = all
      .filter(({ j }) => j !== i)
      .sort((x, y) => x.d - y.d || x.j - y.j)
      .slice(0, k)
    indices.push(...nearest.map(({ j }) => j))
    distances.push(...nearest.map(({ d }) => d))
  })
  return { indices, distances }
}

describe.each(metrics)('nearest neighbours, %s', (metric) => {
  const count = 400
  const vectors = words.vectors.subarray(0, count * words.width)

  it.each([1, 15, 50])('finds the same %i neighbours of real words as brute force in double precision', async (k) => {
    const ours = await nearestNeighbours(vectors, count, words.width, { k, metric })
    const theirs = bruteForce(vectors, count, words.width, metric, k)
    expect(Array.from(ours.indices)).toEqual(theirs.indices)
    // Half a unit in the last place of single precision, relative to distances of order 1 to 10.
    expect(largestDifference(ours.distances, theirs.distances)).toBeLessThan(1e-6)
  })

  it('does not depend on the size of the blocks', async () => {
    const byRows =
      (rowsPerBlock: number): MakePairwiseProducts =>
      (...input) => ({ ...plainProducts(...input), rowsPerBlock })
    const whole = await nearestNeighbours(vectors, count, words.width, { k: 15, metric, products: byRows(count) })
    for (const rows of [1, 7, 64]) {
      expect(await nearestNeighbours(vectors, count, words.width, { k: 15, metric, products: byRows(rows) })).toEqual(
        whole
      )
    }
  })
})

describe('nearest neighbours', () => {
  it('survives products as rough as single precision, because candidates are measured again', async () => {
    const rough: MakePairwiseProducts = (vectors, count, width) => {
      const exact = plainProducts(vectors, count, width)
      const random = seededRandom(1)
      return {
        rowsPerBlock: exact.rowsPerBlock,
        multiply: async (block) => (await exact.multiply(block)).map((value) => value * (1 + 1e-6 * random.normal()))
      }
    }
    for (const metric of metrics) {
      const ours = await nearestNeighbours(words.vectors, words.count, words.width, { k: 15, metric, products: rough })
      const theirs = await nearestNeighbours(words.vectors, words.count, words.width, { k: 15, metric })
      expect(ours).toEqual(theirs)
    }
  })

  it('keeps digits where all vectors share a large component', async () => {
    const random = seededRandom(2)
    const vectors = Float32Array.from(
      { length: 200 * 8 },
      (_, i) => (i % 8 === 3 ? 4000 : 0) + Math.fround(random.normal())
    )
    const ours = await nearestNeighbours(vectors, 200, 8, { k: 10, metric: 'euclidean' })
    expect(Array.from(ours.indices)).toEqual(bruteForce(vectors, 200, 8, 'euclidean', 10).indices)
  })

  it('orders equal points by index at distance zero and never lists a point as its own neighbour', async () => {
    const vectors = Float32Array.from({ length: 40 * 3 }, (_, i) => [1, 2, 3][i % 3]!)
    for (const metric of metrics) {
      const { indices, distances } = await nearestNeighbours(vectors, 40, 3, { k: 5, metric })
      expect(Array.from(indices.subarray(0, 5))).toEqual([1, 2, 3, 4, 5])
      expect(distances.every((distance) => distance === 0)).toBe(true)
      for (let point = 0; point < 40; point++) expect(indices.subarray(point * 5, point * 5 + 5)).not.toContain(point)
    }
  })

  it('puts a vector of zeros at cosine distance 1 from every other', async () => {
    const vectors = Float32Array.from([0, 0, 1, 0, 0, 1, 1, 1, 0, 0])
    const { distances } = await nearestNeighbours(vectors, 5, 2, { k: 4, metric: 'cosine' })
    expect(Array.from(distances.subarray(0, 4))).toEqual([1, 1, 1, 1])
  })

  it('reports its progress to the end and stops when the job is cancelled', async () => {
    const reported: number[] = []
    const rows: MakePairwiseProducts = (...input) => ({ ...plainProducts(...input), rowsPerBlock: 100 })
    const options = { k: 15, metric: 'cosine' as const, products: rows }
    const job = { progress: (done: number) => void reported.push(done), yield: () => Promise.resolve() }
    await nearestNeighbours(words.vectors, words.count, words.width, { ...options, job })
    expect(reported).toEqual([...reported].sort((a, b) => a - b))
    expect(reported).toHaveLength(10)
    expect(reported.at(-1)).toBe(words.count)

    let blocks = 0
    let disposed = false
    const counted: MakePairwiseProducts = (...input) => {
      const source = rows(...input)
      return {
        ...source,
        multiply: (block) => {
          blocks++
          return source.multiply(block)
        },
        dispose: () => {
          disposed = true
        }
      }
    }
    const cancelled = { progress: () => undefined, yield: () => Promise.reject(new Error('cancelled')) }
    const run = nearestNeighbours(words.vectors, words.count, words.width, {
      ...options,
      products: counted,
      job: cancelled
    })
    await expect(run).rejects.toThrow('cancelled')
    expect(blocks).toBe(1)
    expect(disposed).toBe(true)
  })

  it('refuses what it cannot answer in a sentence', async () => {
    const options = { k: 5, metric: 'cosine' as const }
    await expect(nearestNeighbours(new Float32Array(10), 5, 2, options)).rejects.toThrow(
      '5 neighbours of a point need at least 6 points; there are 5.'
    )
    await expect(nearestNeighbours(new Float32Array(10), 5, 2, { ...options, k: 0 })).rejects.toThrow(
      'a whole number from 1, not 0'
    )
    const broken = new Float32Array(20).fill(1)
    broken[7] = NaN
    for (const metric of metrics) {
      await expect(nearestNeighbours(broken, 10, 2, { k: 5, metric })).rejects.toThrow('not a finite number')
    }
  })
})
