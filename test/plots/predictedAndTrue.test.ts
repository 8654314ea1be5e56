// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { worstPredicted } from '@/modules/probes/regressionPoints'
import { drawPredictedAndTrue } from '@/plots/predictedAndTrue'
import { picture } from './picture'

const truth = Float32Array.from({ length: 150 }, (_, i) => i % 5)
const predicted = Float32Array.from(truth, (value, i) => 0.6 * value + 0.8 + 0.3 * Math.sin(i))
const draw = (changes: object = {}) =>
  drawPredictedAndTrue(document, {
    predicted,
    truth,
    trueTitle: 'true',
    predictedTitle: 'predicted',
    width: 460,
    height: 320,
    label: 'Depth',
    ...changes
  })

describe('predicted over true values', () => {
  it('looks as it did', async () => {
    const { svg, mark } = draw()
    mark(7)
    await expect(picture(svg)).toMatchFileSnapshot('pictures/predicted-and-true.svg')
  })

  it('has a dot for every item, at its number', () => {
    const { svg } = draw()
    const dots = [...svg.querySelectorAll('[data-part="points"]')].flatMap((path) =>
      [...path.getAttribute('d')!.matchAll(/M([\d.-]+) ([\d.-]+)h0/g)].map(([, x, y]) => ({
        x: Number(x),
        y: Number(y)
      }))
    )
    expect(dots).toHaveLength(150)
    // Higher numbers lie higher, and whole numbers that are equal beside one another, not on one another.
    expect(dots[3]!.y).toBeLessThan(dots[0]!.y)
    expect(new Set(dots.filter((_, i) => truth[i] === 2).map(({ x }) => x)).size).toBeGreaterThan(20)
    const right = (number: number): number => Math.max(...dots.filter((_, i) => truth[i] === number).map(({ x }) => x))
    const left = (number: number): number => Math.min(...dots.filter((_, i) => truth[i] === number).map(({ x }) => x))
    for (let number = 0; number < 4; number++) expect(right(number)).toBeLessThan(left(number + 1))
  })

  it('finds the item under the pointer, and none far from all', () => {
    const { svg, pointAt } = draw()
    const [, x, y] = /M([\d.-]+) ([\d.-]+)h0/.exec(svg.querySelector('[data-part="points"]')!.getAttribute('d')!)!
    expect(pointAt(Number(x), Number(y))).toBe(0)
    expect(pointAt(450, 30)).toBeNull()
  })

  it('rings a point without drawing the others again', () => {
    const { svg, mark } = draw()
    const ring = () => svg.querySelector('[data-part="marked"]')
    const points = [...svg.querySelectorAll('[data-part="points"]')]
    expect(ring()).toBeNull()
    mark(3)
    const [, x, y] = [
      .../M([\d.-]+) ([\d.-]+)h0M[^M]*M[^M]*M([\d.-]+) ([\d.-]+)h0/.exec(points[0]!.getAttribute('d')!)!
    ].filter((_, i) => i === 0 || i > 2)
    expect([ring()!.getAttribute('cx'), ring()!.getAttribute('cy')]).toEqual([x, y])
    expect([...svg.querySelectorAll('[data-part="points"]')]).toEqual(points)
    mark(null)
    expect(ring()).toBeNull()
  })

  it('numbers of many values keep their places', () => {
    const many = Float32Array.from({ length: 100 }, (_, i) => i / 10)
    const { svg } = draw({ truth: many, predicted: many })
    const xs = [...svg.querySelectorAll('[data-part="points"]')].flatMap((path) =>
      [...path.getAttribute('d')!.matchAll(/M([\d.-]+) /g)].map(([, x]) => Number(x))
    )
    xs.slice(1).forEach((x, i) => expect(x).toBeGreaterThan(xs[i]!))
  })
})

it('the worst predictions come first', () => {
  const data = (values: number[]) => ({ shape: [values.length], data: Float32Array.from(values) })
  expect(worstPredicted({ gold: data([1, 2, 3, 4]), predicted: data([1, 5, 3.5, 0]) }, 3)).toEqual([3, 1, 2])
})
