import { describe, expect, it } from 'vitest'
import { fuzzySimplicialSet } from '@shared/projection/fuzzySet'
import { gradientCoefficients, HIGH_WORD, PIECE_OFFSET, PIECE_SHIFT, tabulate } from '@shared/projection/gradientTable'
import { nearestNeighbours } from '@shared/projection/knn'
import { principalComponents } from '@shared/projection/pca'
import { trustworthiness } from '@shared/projection/trustworthiness'
import { defaultSchedule, startFromLayout, startFromPrincipal, umap } from '@shared/projection/umap'
import { fitCurve } from '@shared/projection/umapCurve'
import { MOST_EPOCHS } from '@shared/projection/umapLayout'
import type { Metric } from '@shared/projection'
import { metrics, points, reference, words } from './fixture'

const { vectors, count, width } = words
const neighboursOfWords = (metric: Metric, k = 14) => nearestNeighbours(vectors, count, width, { k, metric })

async function principalStart(seed: number) {
  const { scores } = await principalComponents(vectors, count, width, { components: 2 })
  return startFromPrincipal(scores, 2, seed)
}

describe('similarity curve', () => {
  it.each(reference.curves)(
    "has umap-learn's parameters at spread $spread and minimum distance $minDist",
    ({ spread, minDist, a, b }) => {
      const ours = fitCurve(spread, minDist)
      expect(Math.abs(ours.a / a - 1)).toBeLessThan(1e-4)
      expect(Math.abs(ours.b / b - 1)).toBeLessThan(1e-4)
    }
  )

  it('has the published values at the defaults', () => {
    const { a, b } = fitCurve(1, 0.1)
    expect(a).toBeCloseTo(1.57694, 5)
    expect(b).toBeCloseTo(0.89506, 5)
  })

  it('refuses distances that fit no curve', () => {
    expect(() => fitCurve(1, 2)).toThrow('The minimum distance (2) must be between 0 and the spread (1)')
    expect(() => fitCurve(0, 0)).toThrow('the spread must be above 0')
  })
})

describe('gradient table', () => {
  it.each([
    [1, 0.1],
    [1, 0],
    [1, 0.8],
    [2, 0.5]
  ])('is as near the formulas as it says at spread %d, minimum distance %d', (spread, minDist) => {
    const curve = fitCurve(spread, minDist)
    const exact = gradientCoefficients(curve, 1)
    for (const name of ['attraction', 'repulsion'] as const) {
      const table = tabulate(exact[name])
      let worst = 0
      for (let exponent = -39.9; exponent < 27.9; exponent += 0.0137) {
        const squared = 2 ** exponent
        const high = new Uint32Array(Float64Array.of(squared).buffer)[HIGH_WORD]!
        const piece = 2 * ((high >>> PIECE_SHIFT) - PIECE_OFFSET)
        worst = Math.max(worst, Math.abs((table[piece]! + table[piece + 1]! * squared) / exact[name](squared) - 1))
      }
      const power = name === 'attraction' ? Math.min(-1, curve.b - 1) : -1 - curve.b
      const stated = (power * (power - 1)) / 8 / 32 ** 2
      // The bound is for short pieces; theirs are 3 % of s long.
      expect(worst).toBeLessThan(1.04 * stated)
      expect(worst).toBeGreaterThan(stated / 2)
    }
  })
})

describe.each(metrics)('fuzzy simplicial set, %s', (metric) => {
  const theirs = reference.fuzzy[metric]

  it("has umap-learn's edges with their weights", async () => {
    const neighbours = await nearestNeighbours(points.vectors, points.count, points.width, {
      k: theirs.neighbourhood - 1,
      metric
    })
    const { start, tail, weight } = fuzzySimplicialSet(neighbours, theirs.neighbourhood)
    const ours = new Map<string, number>()
    for (let head = 0; head < points.count; head++) {
      for (let edge = start[head]!; edge < start[head + 1]!; edge++) ours.set(`${head} ${tail[edge]}`, weight[edge]!)
    }
    expect(ours.size).toBe(2 * theirs.edges.length)
    for (const [head, other, expected] of theirs.edges) {
      expect(Math.abs(ours.get(`${head} ${other}`)! - expected)).toBeLessThan(1e-4)
      expect(ours.get(`${other} ${head}`)).toBe(ours.get(`${head} ${other}`))
    }
  })

  it('uses the nearest of more neighbours than it needs', async () => {
    const few = await neighboursOfWords(metric, 9)
    const many = await neighboursOfWords(metric, 30)
    expect(fuzzySimplicialSet(many, 10)).toEqual(fuzzySimplicialSet(few, 10))
    expect(() => fuzzySimplicialSet(few, 15)).toThrow(
      'A neighbourhood of 15 needs 14 neighbours of each point; 9 were computed.'
    )
  })
})

describe('layout', () => {
  it.each(metrics)('of real words is trustworthy, %s', async (metric) => {
    const neighbours = await neighboursOfWords(metric)
    const values: number[] = []
    for (const seed of [1, 2, 3]) {
      const layout = umap(neighbours, await principalStart(seed), { seed })
      layout.step(layout.epochs)
      values.push(await trustworthiness(vectors, count, width, layout.positions(), { neighbours: 15, metric }))
    }
    const ours = values.sort((a, b) => a - b)[1]!
    expect(ours).toBeGreaterThan(0.94)
    expect(ours).toBeGreaterThan(words.umapLearn[metric] - 0.005)
  })

  it('is the same for the same seed, however its epochs are cut, and another for another', async () => {
    const neighbours = await neighboursOfWords('cosine')
    const whole = umap(neighbours, await principalStart(7), { seed: 7, epochs: 60 })
    expect(whole.step(1000)).toBe(true)
    const pieces = umap(neighbours, await principalStart(7), { seed: 7, epochs: 60 })
    const steps: number[] = []
    while (!pieces.step(7)) steps.push(pieces.epoch)
    expect(steps).toEqual([7, 14, 21, 28, 35, 42, 49, 56])
    expect(pieces.positions()).toEqual(whole.positions())
    const other = umap(neighbours, await principalStart(7), { seed: 8, epochs: 60 })
    other.step(60)
    expect(other.positions()).not.toEqual(whole.positions())
  })

  it('started from another layout stays near it and is as trustworthy', async () => {
    const fresh = umap(await neighboursOfWords('cosine'), await principalStart(1), { seed: 1 })
    fresh.step(fresh.epochs)
    const before = fresh.positions()
    const neighbours = await neighboursOfWords('euclidean')
    const continued = umap(neighbours, startFromLayout(before, 1), { seed: 1 })
    expect(continued.epochs).toBe(200)
    continued.step(continued.epochs)
    const after = continued.positions()
    const again = umap(neighbours, await principalStart(1), { seed: 1 })
    again.step(again.epochs)
    const moved = (to: Float32Array) => median(Array.from({ length: count }, (_, i) => distance(before, to, i)))
    expect(moved(after)).toBeLessThan(moved(again.positions()) / 2)
    const options = { neighbours: 15, metric: 'euclidean' as const }
    const [ours, theirs] = await Promise.all(
      [after, again.positions()].map((l) => trustworthiness(vectors, count, width, l, options))
    )
    expect(ours).toBeGreaterThan(theirs! - 0.01)
  })

  it('parts equal points and stays finite', async () => {
    const equal = new Float32Array(60 * 4).fill(1)
    const neighbours = await nearestNeighbours(equal, 60, 4, { k: 14, metric: 'euclidean' })
    const layout = umap(neighbours, startFromPrincipal(new Float32Array(120), 2, 1))
    layout.step(layout.epochs)
    const positions = layout.positions()
    expect(positions.every((coordinate) => Number.isFinite(coordinate))).toBe(true)
    expect(new Set(positions).size).toBeGreaterThan(100)
  })

  it("has umap-learn's number of epochs, fewer when continued", () => {
    expect(defaultSchedule(10_000, false)).toEqual({ epochs: 500, learningRate: 1 })
    expect(defaultSchedule(10_001, false).epochs).toBe(200)
    expect(defaultSchedule(10_000, true).epochs).toBe(200)
  })

  it('refuses parameters without a meaning', async () => {
    const neighbours = await neighboursOfWords('cosine')
    const start = await principalStart(1)
    expect(() => umap(neighbours, start, { epochs: 0 })).toThrow(`a whole number from 1 to ${MOST_EPOCHS}, not 0`)
    expect(() => umap(neighbours, start, { neighbourhood: 1 })).toThrow('a whole number from 2')
    expect(() => umap(neighbours, startFromLayout(new Float32Array(4), 1))).toThrow('need 2000 coordinates, not 4')
  })
})

function distance(a: Float32Array, b: Float32Array, point: number): number {
  return Math.hypot(a[2 * point]! - b[2 * point]!, a[2 * point + 1]! - b[2 * point + 1]!)
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!
}
