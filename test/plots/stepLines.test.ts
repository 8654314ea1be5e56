// @vitest-environment happy-dom
import { describe, expect, test } from 'vitest'
import { drawScheduleStrip } from '@/plots/scheduleStrip'
import { drawStepLines, type StepLinesOptions } from '@/plots/stepLines'

const texts = (svg: SVGSVGElement): string[] => [...svg.querySelectorAll('text')].map(({ textContent }) => textContent)

describe('lines over updates', () => {
  const options: StepLinesOptions = {
    width: 400,
    height: 190,
    lastStep: 10,
    valueTitle: 'Loss',
    label: 'Losses',
    lines: [
      {
        title: 'training',
        colour: 'grey',
        marked: false,
        points: [1, 2, 3].map((step) => ({ step, value: 3 - step / 2 }))
      },
      {
        title: 'held out',
        colour: 'blue',
        marked: true,
        points: [
          { step: 0, value: 2.9 },
          { step: 3, value: 1.7 }
        ]
      }
    ]
  }

  test('name each line at its end, mark what is measured, and run to the last update', () => {
    const { svg } = drawStepLines(document, options)
    expect(texts(svg)).toEqual(expect.arrayContaining(['Loss', 'training', 'held out', 'updates', '10']))
    expect(svg.querySelectorAll('circle')).toHaveLength(2)
    expect(svg.querySelectorAll('path')).toHaveLength(2)
  })

  test('have bars where there are intervals, which are within the axis', () => {
    const points = [
      { step: 0, value: 0.5 },
      { step: 5, value: 0.6, interval: [0.2, 0.9] as [number, number] }
    ]
    const lines = [{ title: 'x', colour: 'red', marked: true, points }]
    const { svg } = drawStepLines(document, { ...options, lines })
    const bars = [...svg.querySelectorAll('line[stroke="red"]')]
    expect(bars).toHaveLength(1)
    const [top, bottom] = ['y2', 'y1'].map((end) => Number(bars[0]!.getAttribute(end)))
    expect(top).toBeGreaterThan(22)
    expect(bottom).toBeLessThan(options.height - 34)
    expect(bottom! - top!).toBeGreaterThan(100)
  })

  test('have ticks that differ, however close the values are', () => {
    const points = [1, 2].map((step) => ({ step, value: 2.8 + step / 1000 }))
    const { svg } = drawStepLines(document, {
      ...options,
      lines: [{ title: 'x', colour: 'red', marked: false, points }]
    })
    const ticks = texts(svg).filter((text) => /^2\.\d+$/.test(text))
    expect(ticks.length).toBeGreaterThan(1)
    expect(new Set(ticks).size).toBe(ticks.length)
  })

  test('over powers of ten have few ticks, and leave out what has no logarithm', () => {
    const points = [0, 0.001, 0.01, 3, 20].map((value, step) => ({ step, value }))
    const { svg } = drawStepLines(document, {
      ...options,
      logarithmic: true,
      lines: [{ title: 'norm', colour: 'red', marked: true, points }]
    })
    expect(texts(svg)).toEqual(expect.arrayContaining(['0.01', '1']))
    expect(svg.querySelectorAll('circle')).toHaveLength(4)
  })

  test('without values are an empty picture', () => {
    expect(drawStepLines(document, { ...options, lines: [] }).svg.childElementCount).toBe(0)
  })
})

test('the strip shows what trains when: a row a layer, the head on top, frozen layers empty', () => {
  const { svg } = drawScheduleStrip(document, {
    strip: [
      { from: 0, to: 4, rates: [0, 0, 0, 1e-3] },
      { from: 4, to: 8, rates: [0, 1e-5, 1e-4, 1e-3] }
    ],
    steps: 8,
    width: 400,
    label: 'What trains when'
  })
  expect(texts(svg).slice(0, 4)).toEqual(['head', 'block 2', 'block 1', 'embeddings'])
  const cells = [...svg.querySelectorAll('title')].map(({ textContent }) => textContent)
  expect(cells).toEqual([
    'head: 0.0010, updates 1 to 4',
    'head: 0.0010, updates 5 to 8',
    'block 2: 0.00010, updates 5 to 8',
    'block 1: 0.000010, updates 5 to 8'
  ])
})
