import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { nearestNeighbours } from '@shared/projection/knn'
import { principalComponents } from '@shared/projection/pca'
import { trustworthiness } from '@shared/projection/trustworthiness'
import { jointProbabilities, neighboursFor, TsneLayout } from '@shared/projection/tsne'
import type { Metric } from '@shared/projection'
import { seededRandom } from '@shared/random'
import { largestDifference, points, words } from './fixture'

interface Reference {
  perplexity: number
  edges: [number, number, number][]
  gradients: Record<'2' | '3', { layout: number[]; values: number[] }>
  trustworthiness: Record<Metric, number>
}
/** What scikit-learn and numpy found; see make_tsne.py there. */
const reference = JSON.parse(readFileSync(resolve('test/fixtures/projection/tsne.json'), 'utf8')) as Reference
const { perplexity } = reference
const none = { scores: new Float32Array(points.count), components: 1 }
const neighbours = await nearestNeighbours(points.vectors, points.count, points.width, {
  k: neighboursFor(perplexity),
  metric: 'euclidean'
})

it("has scikit-learn's joint probabilities", () => {
  const graph = jointProbabilities(neighbours, perplexity)
  const ours = new Map<string, number>()
  for (let a = 0; a < graph.count; a++)
    for (let edge = graph.start[a]!; edge < graph.start[a + 1]!; edge++)
      ours.set(`${a} ${graph.tail[edge]!}`, graph.weight[edge]!)
  let worst = 0
  for (const [a, b, value] of reference.edges)
    for (const key of [`${a} ${b}`, `${b} ${a}`])
      worst = Math.max(worst, Math.abs((ours.get(key) ?? 0) - value) / (value + 1e-9))
  expect(worst).toBeLessThan(2e-3)
  // Two equal points trade places at the end of a neighbour list, with a probability of 1e-12.
  expect(ours.size).toBe(2 * reference.edges.length)
})

it.each([2, 3] as const)('has the exact gradient in %i dimensions, and nearly so with cells', (dimensions) => {
  const { layout, values } = reference.gradients[dimensions]
  const at = (angle: number): Float64Array =>
    new TsneLayout(neighbours, none, Float32Array.from(layout), { dimensions, perplexity, angle }).gradient()
  const size = Math.max(...values.map(Math.abs))
  expect(largestDifference(at(0), values) / size).toBeLessThan(2e-3)
  expect(largestDifference(at(0.5), values) / size).toBeLessThan(0.02)
})

it('gives the points of one place one place, however many they are', () => {
  const random = seededRandom(1)
  const many = Float32Array.from({ length: 400 }, (_, i) => (i < 200 ? 1 : random.normal()))
  const layout = new TsneLayout(neighbours, none, many.subarray(0, 180), { perplexity })
  expect(layout.gradient().every(Number.isFinite)).toBe(true)
})

it("is as trustworthy as scikit-learn's on real words after half the steps", async () => {
  const metric = 'cosine'
  const { vectors, count, width } = words
  const { scores } = await principalComponents(vectors, count, width, { components: 2 })
  const near = await nearestNeighbours(vectors, count, width, { k: neighboursFor(30), metric })
  const layout = new TsneLayout(near, { scores, components: 2 }, null, { epochs: 500, seed: 1 })
  layout.step(layout.epochs)
  const ours = await trustworthiness(vectors, count, width, layout.positions(), { neighbours: 15, metric })
  expect(ours).toBeGreaterThan(reference.trustworthiness[metric] - 0.005)
})

it('gives the same layout for the same seed, and refuses a perplexity without a meaning', async () => {
  const { scores } = await principalComponents(points.vectors, points.count, points.width, { components: 3 })
  const run = (seed: number): Float32Array => {
    const layout = new TsneLayout(neighbours, { scores, components: 3 }, null, { dimensions: 3, perplexity, seed })
    layout.step(30)
    return layout.positions()
  }
  expect(run(3)).toEqual(run(3))
  expect(run(3)).not.toEqual(run(4))
  expect(() => jointProbabilities(neighbours, 1)).toThrow('The perplexity must be at least 2, not 1.')
  expect(() => jointProbabilities(neighbours, 20)).toThrow('needs 61 neighbours of each point; 31 were computed')
})
