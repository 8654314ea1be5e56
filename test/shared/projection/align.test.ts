import { describe, expect, it } from 'vitest'
import { alignLayout, applySimilarity, fitSimilarity, type Similarity } from '@shared/projection/align'
import { seededRandom } from '@shared/random'
import { largestDifference } from './fixture'

const random = seededRandom(5)
const layout = Float32Array.from({ length: 200 }, () => 10 * random.normal())

function similarity(angle: number, mirrored: boolean, scale: number): Similarity {
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)]
  return { matrix: mirrored ? [cosine, sine, sine, -cosine] : [cosine, -sine, sine, cosine], scale, shift: [3, -7] }
}

describe('alignment of layouts', () => {
  it.each([
    [0.3, false, 1],
    [2.9, false, 0.4],
    [-1.2, true, 1],
    [3.1, true, 2.5]
  ])('undoes a turn by %d, mirrored %s, scaled %d', (angle, mirrored, scale) => {
    const moved = applySimilarity(layout, similarity(angle, mirrored, scale))
    expect(largestDifference(alignLayout(moved, layout), layout)).toBeLessThan(1e-4)
  })

  it('keeps distances when it may not scale', () => {
    const moved = applySimilarity(layout, similarity(1, true, 3))
    const fitted = fitSimilarity(moved, layout, { scale: false })
    expect(fitted.scale).toBe(1)
    const aligned = alignLayout(moved, layout, { scale: false })
    const length = (points: Float32Array) => Math.hypot(points[0]! - points[2]!, points[1]! - points[3]!)
    expect(length(aligned)).toBeCloseTo(length(moved), 3)
  })

  it('is the best turn: every other one is farther off', () => {
    const noisy = applySimilarity(layout, similarity(0.7, false, 1.3)).map((value) => value + random.normal())
    const misfit = (s: Similarity) =>
      applySimilarity(noisy, s).reduce((sum, value, i) => sum + (value - layout[i]!) ** 2, 0)
    const best = fitSimilarity(noisy, layout)
    const [a, , c] = best.matrix
    const angle = Math.atan2(c, a)
    for (const [turn, scale] of [
      [0.01, 1],
      [-0.01, 1],
      [0, 1.01],
      [0, 0.99]
    ] as const) {
      const other = { ...similarity(angle + turn, false, best.scale * scale), shift: best.shift }
      expect(misfit(other)).toBeGreaterThan(misfit(best))
    }
  })

  it('leaves layouts of a single place where the reference is', () => {
    expect(Array.from(alignLayout(Float32Array.of(5, 5, 5, 5), Float32Array.of(1, 2, 1, 2)))).toEqual([1, 2, 1, 2])
    expect(() => alignLayout(new Float32Array(4), new Float32Array(6))).toThrow('do not hold the same points')
  })
})
