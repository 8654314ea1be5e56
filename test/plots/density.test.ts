// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { classLabels, contoursOf, placeLabels, wordLabels } from '@/plots/clusterLabels'
import { densityExtent, densityOf, levelHolding, outlineAt, peaksOf } from '@/plots/density'
import { pointsInside } from '@/plots/lasso'
import { drawNotes } from '@/plots/scatterNotes'
import { scatterSvg } from '@/plots/scatterSvg'
import { seededRandom } from '@shared/random'
import { recordingContext } from './recordingContext'

const random = seededRandom(2)
/** Two round groups, 300 points at (0, 0) and 200 at (10, 4). */
const positions = Float32Array.from({ length: 1000 }, (_, i) => {
  const second = i >= 600
  return (second ? (i % 2 ? 4 : 10) : 0) + 0.6 * random.normal()
})
const classes = Int32Array.from({ length: 500 }, (_, point) => (point < 300 ? 0 : 1))

test('a density has as many points as there are, and its peaks are the groups', () => {
  const density = densityOf(positions, densityExtent(positions), null)
  expect(density.values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(500, 0)
  const [first, second] = peaksOf(density, 12)
  expect(Math.hypot(first!.x, first!.y)).toBeLessThan(0.8)
  expect(Math.hypot(second!.x - 10, second!.y - 4)).toBeLessThan(0.8)
})

test('an outline is closed, and holds about the share it says', () => {
  const density = densityOf(positions, densityExtent(positions), (point) => point < 300)
  const segments = outlineAt(density, levelHolding(density, 0.8))
  const ends = new Map<string, number>()
  for (let i = 0; i < segments.length; i += 2) {
    const key = `${segments[i]!.toFixed(4)} ${segments[i + 1]!.toFixed(4)}`
    ends.set(key, (ends.get(key) ?? 0) + 1)
  }
  expect([...ends.values()].every((count) => count % 2 === 0)).toBe(true)
  // Radially sorted, the outline of one round group is a polygon.
  const polygon = Array.from({ length: segments.length / 4 }, (_, i): [number, number] => [
    segments[4 * i]!,
    segments[4 * i + 1]!
  ]).sort((a, b) => Math.atan2(a[1], a[0]) - Math.atan2(b[1], b[0]))
  const share = pointsInside(positions.subarray(0, 600), polygon).length / 300
  expect(Math.abs(share - 0.8)).toBeLessThan(0.1)
})

test('classes are named where they are densest, and places by the words that are typical of them', () => {
  const labels = classLabels(positions, classes, (id) => ['NOUN', 'VERB'][id]!)
  const noun = labels.find(({ text }) => text === 'NOUN')!
  const verb = labels.find(({ text }) => text === 'VERB')!
  expect(Math.hypot(noun.x, noun.y)).toBeLessThan(0.8)
  expect(Math.hypot(verb.x - 10, verb.y - 4)).toBeLessThan(0.8)
  const forms = Array.from(classes, (id, point) => (point % 2 ? 'the' : id ? 'run' : 'dog'))
  const [first] = wordLabels(positions, forms)
  expect(first!.text.split(', ')[0]).toBe('dog')
})

test('names that would lie on another are left out, the weightiest first', () => {
  const view = { scale: 1, left: 100, top: 100 }
  const label = { y: 0, classId: 0 }
  const labels = [
    { ...label, text: 'small', x: 5, weight: 1 },
    { ...label, text: 'large', x: 0, weight: 9 },
    { ...label, text: 'far', x: 60, weight: 2 },
    { ...label, text: 'outside', x: 400, weight: 99 }
  ]
  const texts = placeLabels(labels, view, { width: 200, height: 200 }, 11).map(({ text }) => text)
  expect(texts).toEqual(['large', 'far'])
})

test('a figure has the same names and outlines as the screen', () => {
  const view = { scale: 20, left: 100, top: 150 }
  const size = { width: 400, height: 200 }
  const notes = {
    labels: classLabels(positions, classes, (id) => `class ${id}`),
    contours: contoursOf(positions, null)
  }
  const context = recordingContext()
  drawNotes(context, notes, view, size, { text: 'ink', surface: 'paper' }, 'sans-serif')
  const picture = { view, style: { radius: 2, dimmed: null, dimmedAlpha: 0.2 }, ...size, notes }
  const svg = scatterSvg(document, { positions, classes }, picture, {
    form: { ...size, theme: 'light', paper: true, legend: false, firstNumber: 1 },
    colourOf: () => '#000000',
    legend: [],
    label: 'Words',
    className: () => 'a class'
  })
  const written = [...svg.querySelectorAll('text')].map((element) => element.textContent)
  expect(new Set(written)).toEqual(new Set(context.recording.texts))
  expect(svg.querySelectorAll('path[fill="none"]')).toHaveLength(3)
})
