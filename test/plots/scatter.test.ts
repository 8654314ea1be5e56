import { expect, test } from 'vitest'
import { classMarker, markerCorners } from '@/plots/markers'
import { pointsInside } from '@/plots/lasso'
import { PointGrid } from '@/plots/pointGrid'
import {
  drawMarks,
  drawPoints,
  fitView,
  toLayout,
  toScreen,
  type ScatterContext,
  type ScatterStyle
} from '@/plots/scatter'
import { seededRandom } from '@shared/random'

/** Writes down what is drawn: one line a call that puts ink on the canvas. */
function recorder(): {
  context: ScatterContext
  ink: { kind: string; colour: string; alpha: number; shapes: number }[]
} {
  const ink: { kind: string; colour: string; alpha: number; shapes: number }[] = []
  let shapes = 0
  const state = { fillStyle: '', strokeStyle: '', lineWidth: 1, globalAlpha: 1 }
  const context = {
    ...state,
    beginPath: () => (shapes = 0),
    arc: () => void shapes++,
    rect: () => void shapes++,
    moveTo: () => undefined,
    lineTo: () => void shapes++,
    fill() {
      if (shapes) ink.push({ kind: 'fill', colour: String(this.fillStyle), alpha: this.globalAlpha, shapes })
    },
    stroke() {
      if (shapes) ink.push({ kind: 'stroke', colour: String(this.strokeStyle), alpha: this.globalAlpha, shapes })
    }
  }
  return { context: context as unknown as ScatterContext, ink }
}

/** A square is drawn by three lines. */
const square = 3
const positions = Float32Array.from([0, 0, 1, 0, 2, 0, 0, 5])
const classes = Int32Array.from([0, 1, 0, -1])
const style = (dimmed: Uint8Array | null, radius = 3): ScatterStyle => ({
  color: (id) => `colour ${id}`,
  radius,
  dimmed,
  dimmedAlpha: 0.2
})
const view = { scale: 10, left: 100, top: 100 }

test('every point is drawn once, in the colour of its class', () => {
  const { context, ink } = recorder()
  drawPoints(context, { positions, classes }, view, style(null))
  expect(ink).toEqual([
    { kind: 'fill', colour: 'colour 0', alpha: 0.85, shapes: 2 },
    { kind: 'fill', colour: 'colour 1', alpha: 0.85, shapes: square },
    { kind: 'fill', colour: 'colour -1', alpha: 0.85, shapes: 1 }
  ])
})

test('dimmed points are drawn first and faintly', () => {
  const { context, ink } = recorder()
  drawPoints(context, { positions, classes }, view, style(Uint8Array.from([0, 1, 1, 1])))
  expect(ink.map(({ colour, alpha, shapes }) => [colour, alpha, shapes])).toEqual([
    ['colour 0', 0.2, 1],
    ['colour 1', 0.2, square],
    ['colour -1', 0.2, 1],
    ['colour 0', 0.85, 1]
  ])
})

test('a class has a shape of its own where points are large enough; small ones are drawn alike', () => {
  const lines = (radius: number): number[] => {
    const { context, ink } = recorder()
    const six = Int32Array.from([0, 1, 2, 3, 4, 5])
    drawPoints(context, { positions: new Float32Array(12), classes: six }, view, style(null, radius))
    return ink.map(({ shapes }) => shapes)
  }
  // A circle, a square, a triangle, a diamond, a star of five and a wye.
  expect(lines(3)).toEqual([1, 3, 2, 3, 9, 8])
  expect(lines(1.2)).toEqual([1, 1, 1, 1, 1, 1])
  expect([-1, 0, 1, 6, 7].map(classMarker)).toEqual(['circle', 'circle', 'square', 'circle', 'square'])
})

test('the corners of a marker are those of its path', () => {
  expect([...markerCorners('square', 16)!]).toEqual([-2, -2, 2, -2, 2, 2, -2, 2])
  expect([...markerCorners('triangle', 28)!].map((value) => Number(value.toFixed(2)))).toEqual([
    0, -4.64, 4.02, 2.32, -4.02, 2.32
  ])
  expect(markerCorners('circle', 16)).toBeNull()
})

test('threads run from the selected point to each neighbour', () => {
  const { context, ink } = recorder()
  drawMarks(
    context,
    { positions, classes },
    view,
    style(null),
    [
      { point: 1, kind: 'neighbour' },
      { point: 2, kind: 'neighbour' },
      { point: 0, kind: 'selected' }
    ],
    { text: 'ink', surface: 'paper', accent: 'accent' }
  )
  expect(ink[0]).toEqual({ kind: 'stroke', colour: 'accent', alpha: 0.5, shapes: 2 })
  expect(ink.filter(({ kind }) => kind === 'fill')).toHaveLength(3)
})

test('the fitted view holds every point, whatever the shape of the cloud', () => {
  const random = seededRandom(3)
  const cloud = Float32Array.from({ length: 400 }, (_, i) => (i % 2 ? 100 + 3 * random.normal() : 40 * random.normal()))
  const fitted = fitView(cloud, 640, 480)
  for (let i = 0; i < 200; i++) {
    const [x, y] = toScreen(fitted, cloud[2 * i]!, cloud[2 * i + 1]!)
    expect(x).toBeGreaterThanOrEqual(0)
    expect(x).toBeLessThanOrEqual(640)
    expect(y).toBeGreaterThanOrEqual(0)
    expect(y).toBeLessThanOrEqual(480)
    const [backX, backY] = toLayout(fitted, x, y)
    expect(backX).toBeCloseTo(cloud[2 * i]!, 3)
    expect(backY).toBeCloseTo(cloud[2 * i + 1]!, 3)
  }
})

test('one stray point among thousands does not shrink the picture', () => {
  const random = seededRandom(5)
  const cloud = Float32Array.from({ length: 10_000 }, () => random.normal())
  const usual = fitView(cloud, 600, 600).scale
  cloud[0] = 1e6
  expect(fitView(cloud, 600, 600).scale / usual).toBeGreaterThan(0.95)
})

test('no points and no room are no reason to fail', () => {
  expect(fitView(new Float32Array(0), 100, 100)).toEqual({ scale: 1, left: 50, top: 50 })
  expect(Number.isFinite(fitView(Float32Array.from([3, 3]), 100, 100).scale)).toBe(true)
})

test('the grid finds what a search through all points finds', () => {
  const random = seededRandom(11)
  const cloud = Float32Array.from({ length: 2000 }, () => 10 * random.normal())
  const grid = new PointGrid(cloud)
  let hits = 0
  for (let q = 0; q < 300; q++) {
    const [x, y, reach] = [12 * random.normal(), 12 * random.normal(), 0.8]
    let best: number | null = null
    let least = reach * reach
    for (let i = 0; i < 1000; i++) {
      const distance = (cloud[2 * i]! - x) ** 2 + (cloud[2 * i + 1]! - y) ** 2
      if (distance <= least) [least, best] = [distance, i]
    }
    if (best !== null) hits++
    expect(grid.nearest(x, y, reach)).toBe(best)
  }
  expect(hits).toBeGreaterThan(30)
  expect(new PointGrid(new Float32Array(0)).nearest(0, 0, 1)).toBeNull()
})

test('a lasso takes what lies inside it, also where it is not convex', () => {
  const square = [0, 1, 2, 3].flatMap((x) => [0, 1, 2, 3].flatMap((y) => [x + 0.5, y + 0.5]))
  // An L: the left column and the lower row.
  const polygon: [number, number][] = [
    [0, 0],
    [4, 0],
    [4, 1],
    [1, 1],
    [1, 4],
    [0, 4]
  ]
  const inside = pointsInside(Float32Array.from(square), polygon)
  expect([...inside].map((i) => [square[2 * i], square[2 * i + 1]])).toEqual([
    [0.5, 0.5],
    [0.5, 1.5],
    [0.5, 2.5],
    [0.5, 3.5],
    [1.5, 0.5],
    [2.5, 0.5],
    [3.5, 0.5]
  ])
  expect(
    pointsInside(Float32Array.from(square), [
      [0, 0],
      [1, 1]
    ])
  ).toHaveLength(0)
})
