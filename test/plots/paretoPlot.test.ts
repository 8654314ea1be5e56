// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { drawParetoPlot, type ParetoSeries } from '@/plots/paretoPlot'

const series = (id: string, points: [number, number][], emphasised = false): ParetoSeries => ({
  id,
  title: `layer ${id}`,
  colour: 'blue',
  dash: id === 'random' ? '3 3' : null,
  emphasised,
  points: points.map(([complexity, accuracy]) => ({ complexity, accuracy }))
})

test('a dot a probe, filled on the front, and the steps of each front; the chosen layer is drawn last', () => {
  const { svg, nearest } = drawParetoPlot(
    document,
    [
      series('0', [
        [0.2, 0.5],
        [0.4, 0.45],
        [0.9, 0.8]
      ]),
      series('3', [[0.3, 0.9]], true),
      series('random', [[0.5, 0.4]])
    ],
    { width: 500, height: 300, format: (share) => `${Math.round(share * 100)} %`, label: 'Accuracy against complexity' }
  )
  expect([...svg.querySelectorAll('[data-series]')].map((group) => group.getAttribute('data-series'))).toEqual([
    '0',
    'random',
    '3'
  ])
  const [first] = svg.querySelectorAll('[data-series]')
  expect([...first!.querySelectorAll('circle')].map((dot) => dot.getAttribute('fill'))).toEqual([
    'blue',
    'var(--surface)',
    'blue'
  ])
  // To the first probe, across to the next on the front and up, across to a complexity of 1.
  expect(first!.querySelector('path')!.getAttribute('d')).toMatch(/^M[\d.]+,[\d.]+V[\d.]+H[\d.]+V[\d.]+H476$/)
  const dot = svg.querySelector('[data-series="3"] circle')!
  expect(nearest(Number(dot.getAttribute('cx')) + 3, Number(dot.getAttribute('cy')) + 4)).toEqual({
    id: '3',
    distance: expect.closeTo(5, 6) as number
  })
})
