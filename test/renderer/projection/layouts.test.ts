import { expect, it } from 'vitest'
import { nearestNeighbours } from '@shared/projection/knn'
import { seededRandom } from '@shared/random'
import { startLayout } from '@/modules/projection/layouts'
import type { LayoutTask, SteppedMethod } from '@/modules/projection/layoutMessages'

const random = seededRandom(5)
const [count, width, k] = [90, 6, 40]
/** Three groups of thirty around corners of a cube. */
const group = (point: number): number => point % 3
const vectors = Float32Array.from({ length: count * width }, (_, i) => {
  const [point, axis] = [Math.floor(i / width), i % width]
  return (axis === group(point) ? 8 : 0) + random.normal()
})
const { indices, distances } = await nearestNeighbours(vectors, count, width, { k, metric: 'euclidean' })
const task = (method: SteppedMethod, changes: Partial<LayoutTask> = {}): LayoutTask => ({
  method,
  dimensions: 2,
  count,
  k,
  neighbours: indices,
  distances,
  metric: 'euclidean',
  previous: null,
  principal: vectors,
  components: width,
  labels: null,
  settings: { neighbourhood: 10, minDist: 0.1, perplexity: 10, epochs: null, labelWeight: 0.9 },
  seed: 1,
  ...changes
})
/** Mean distance between points of one group over that between points of different groups. */
function spread(positions: Float32Array, dimensions: number, of: (point: number) => number): number {
  const sums = [0, 0]
  const pairs = [0, 0]
  for (let a = 0; a < count; a++)
    for (let b = a + 1; b < count; b++) {
      const which = of(a) === of(b) ? 0 : 1
      const apart = Array.from(
        { length: dimensions },
        (_, i) => positions[a * dimensions + i]! - positions[b * dimensions + i]!
      )
      sums[which]! += Math.hypot(...apart)
      pairs[which]!++
    }
  return sums[0]! / pairs[0]! / (sums[1]! / pairs[1]!)
}

it.each([
  ['umap', 2],
  ['umapJs', 2],
  ['umapJs', 3],
  ['tsne', 2],
  ['tsne', 3]
] as const)('%s keeps groups together in %i dimensions', (method, dimensions) => {
  const layout = startLayout(task(method, { dimensions }))
  expect(layout.finished).toBe(false)
  while (!layout.step(50)) expect(layout.epoch % 50).toBe(0)
  expect(layout.epoch).toBe(layout.epochs)
  const positions = layout.positions()
  expect(positions).toHaveLength(count * dimensions)
  expect(spread(positions, dimensions, group)).toBeLessThan(0.5)
})

it('umap-js pulls words of one label together that neighbours do not', () => {
  // Labels across the groups: only supervision can bring them together.
  const labels = Int32Array.from({ length: count }, (_, point) => Math.floor(point / 30))
  const lay = (given: Int32Array | null): Float32Array => {
    const layout = startLayout(task('umapJs', { labels: given }))
    layout.step(layout.epochs)
    return layout.positions()
  }
  const across = (positions: Float32Array): number => spread(positions, 2, (point) => labels[point]!)
  expect(across(lay(labels))).toBeLessThan(0.8 * across(lay(null)))
})

it('umap-js places new words beside those that are like them, and moves no other', () => {
  const layout = startLayout(task('umapJs'))
  layout.step(layout.epochs)
  const before = layout.positions()
  const added = Float32Array.from({ length: 3 * width }, (_, i) => (i % width === Math.floor(i / width) ? 8 : 0))
  const placed = layout.place!(vectors, added, width)
  expect(layout.positions()).toEqual(before)
  for (let word = 0; word < 3; word++) {
    const distances = [0, 1, 2].map((wanted) => {
      let sum = 0
      for (let point = wanted; point < count; point += 3)
        sum += Math.hypot(placed[2 * word]! - before[2 * point]!, placed[2 * word + 1]! - before[2 * point + 1]!)
      return sum
    })
    expect(distances.indexOf(Math.min(...distances))).toBe(word)
  }
})
