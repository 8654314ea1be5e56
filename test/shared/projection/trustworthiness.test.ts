import { describe, expect, it } from 'vitest'
import { trustworthiness } from '@shared/projection/trustworthiness'
import { points, reference, words } from './fixture'

const count = points.count - 1
// Point 7 equals point 8, and who is ranked first among equals is a matter of sorting.
const apart = points.vectors.filter((_, i) => Math.floor(i / points.width) !== 7)
const firstTwo = Float32Array.from(reference.principal.scores.filter((_, i) => i % 3 < 2 && Math.floor(i / 3) !== 7))

describe('trustworthiness', () => {
  it.each(reference.trustworthiness)(
    "is scikit-learn's number, $metric, $neighbours neighbours",
    async ({ metric, neighbours, value }) => {
      const ours = await trustworthiness(apart, count, points.width, firstTwo, { neighbours, metric })
      expect(Math.abs(ours - value)).toBeLessThan(1e-6)
    }
  )

  it('is 1 for the space itself and falls when points are exchanged', async () => {
    const plane = words.vectors.filter((_, i) => i % words.width < 2)
    const options = { neighbours: 15, metric: 'euclidean' as const }
    expect(await trustworthiness(plane, words.count, 2, plane, options)).toBe(1)
    const shuffled = plane.map((_, i) => plane[(i + 2 * 333) % plane.length]!)
    expect(await trustworthiness(plane, words.count, 2, shuffled, options)).toBeLessThan(0.7)
  })

  it('is refused where it is not defined', async () => {
    const call = trustworthiness(new Float32Array(20), 10, 2, new Float32Array(20), { neighbours: 5, metric: 'cosine' })
    await expect(call).rejects.toThrow(
      'Trustworthiness at 5 neighbours is defined for more than 10 points; there are 10.'
    )
  })
})
