// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { classMarker, markerNames } from '@/plots/markers'
import { createScatterGl, scatterLooks } from '@/plots/scatterGl'
import { pointAlpha, type ScatterStyle } from '@/plots/scatter'

const colours = ['#112233', '#445566', '#778899']
const style = (dimmed: Uint8Array | null): ScatterStyle => ({
  color: (id) => colours[id] ?? '#000000',
  radius: 3,
  dimmed,
  dimmedAlpha: 0.2
})
const classes = Int32Array.from([0, 1, 0, -1, 0, 1])

test('points are drawn in the order of the canvas: dimmed ones first, the rarest class on top', () => {
  expect([...scatterLooks(classes, style(null)).order]).toEqual([0, 2, 4, 1, 5, 3])
  expect([...scatterLooks(classes, style(Uint8Array.from([0, 1, 1, 0, 0, 0]))).order]).toEqual([2, 1, 0, 4, 5, 3])
})

test('a point has the colour, opacity and marker of its class', () => {
  const { colours: written, markers } = scatterLooks(classes, style(Uint8Array.from([0, 1, 0, 0, 0, 0])))
  const full = Math.floor(255 * pointAlpha)
  expect([...written.subarray(0, 8)]).toEqual([0x11, 0x22, 0x33, full, 0x44, 0x55, 0x66, 51])
  expect([...written.subarray(12, 16)]).toEqual([0, 0, 0, full])
  expect([...markers].map((marker) => markerNames[marker])).toEqual([...classes].map(classMarker))
})

test('without a WebGL context there is nothing to draw with, and no error', () => {
  const canvas = { getContext: () => null } as unknown as HTMLCanvasElement
  expect(createScatterGl(canvas)).toBeNull()
})
