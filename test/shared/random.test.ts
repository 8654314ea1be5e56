import { describe, expect, it } from 'vitest'
import { sampleWithoutReplacement, seededRandom } from '@shared/random'

describe('seeded random numbers', () => {
  it('repeat for a seed and differ for the next one', () => {
    const draw = (seed: number) =>
      Array.from(
        { length: 5 },
        (
          (random) => () =>
            random.next()
        )(seededRandom(seed))
      )
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
  })

  it('have the mean and spread of their distributions', () => {
    const random = seededRandom(9)
    const count = 100_000
    const uniform = Array.from({ length: count }, () => random.next())
    const normal = Array.from({ length: count }, () => random.normal())
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
    // Five standard errors.
    expect(Math.abs(mean(uniform) - 0.5)).toBeLessThan(5 / Math.sqrt(12 * count))
    expect(Math.abs(mean(normal))).toBeLessThan(5 / Math.sqrt(count))
    expect(Math.abs(mean(normal.map((value) => value * value)) - 1)).toBeLessThan((5 * Math.SQRT2) / Math.sqrt(count))
    expect(uniform.every((value) => value >= 0 && value < 1)).toBe(true)
  })

  it('draw every integer below a bound equally often', () => {
    const random = seededRandom(3)
    const seen = new Array<number>(7).fill(0)
    for (let i = 0; i < 70_000; i++) seen[random.integer(7)]!++
    for (const times of seen) expect(Math.abs(times - 10_000)).toBeLessThan(500)
  })

  it('sample without replacement, ascending', () => {
    const sample = sampleWithoutReplacement(1000, 400, seededRandom(1))
    expect(new Set(sample).size).toBe(400)
    expect([...sample].sort((a, b) => a - b)).toEqual([...sample])
    expect(Array.from(sampleWithoutReplacement(5, 5, seededRandom(1)))).toEqual([0, 1, 2, 3, 4])
    expect(() => sampleWithoutReplacement(4, 5, seededRandom(1))).toThrow('Cannot draw 5 different numbers below 4.')
  })
})
