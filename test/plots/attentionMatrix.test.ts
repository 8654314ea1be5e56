import { describe, expect, it } from 'vitest'
import {
  drawCellRings,
  drawCells,
  drawCrosshair,
  drawLabels,
  drawValues,
  hundredths,
  matrixPixels,
  strongestMap
} from '@/plots/attentionMatrix'
import { cellAt, labelAt, matrixExtent, matrixLayout, visibleCells } from '@/plots/attentionMatrixLayout'
import { sequentialTable } from '@/plots/colorScale'
import { map, shifted, units } from './attentionFixture'
import { calls, recordingContext, written } from './recordingContext'

const colours = {
  text: '#111',
  muted: '#555',
  faint: '#999',
  border: '#ddd',
  surface: '#fff',
  focus: '#c2410c',
  ring: '#c2410c'
}
const none = { left: 0, top: 0 }
const layout = matrixLayout({ width: 400, height: 300 }, 4, 40, null, none)
const image = {} as CanvasImageSource
const pixelsOf = (...maps: Parameters<typeof matrixPixels>[0]) =>
  matrixPixels(
    maps,
    1,
    sequentialTable('light'),
    [
      [200, 0, 0],
      [0, 0, 200]
    ],
    [255, 255, 255]
  )

describe('layout of the matrix', () => {
  it('fits the whole map: large cells for a short sentence, none outside', () => {
    expect(layout).toMatchObject({ cell: 40, angle: 52, fontSize: 11.5 })
    const sixty = matrixLayout({ width: 400, height: 400 }, 60, 40, null, none)
    expect(sixty.angle).toBe(0)
    expect(sixty.left + sixty.cell * 60).toBeLessThanOrEqual(400)
    expect(sixty.top + sixty.cell * 60).toBeLessThanOrEqual(400)
    const twenty = matrixLayout({ width: 400, height: 400 }, 20, 80, null, none)
    expect(twenty.cell).toBeGreaterThanOrEqual(10)
    expect(twenty.left + twenty.cell * 20).toBeLessThanOrEqual(400)
  })
  it('fits 512 tokens into a small panel, and grows beyond it when zoomed', () => {
    const fit = matrixLayout({ width: 420, height: 420 }, 512, 80, null, none)
    expect(fit.left + fit.cell * 512).toBeLessThanOrEqual(420)
    const zoomed = matrixLayout({ width: 420, height: 420 }, 512, 80, 12, none)
    expect(zoomed.cell).toBe(12)
    expect(matrixExtent(zoomed).width).toBeGreaterThan(512 * 12)
  })
  it('finds cells and labels, scrolled or not', () => {
    const { left, top } = layout
    expect(cellAt(layout, left + 41, top + 81)).toEqual({ query: 2, key: 1 })
    expect(cellAt(layout, left - 1, top + 5)).toBeNull()
    expect(cellAt(layout, left + 161, top + 5)).toBeNull()
    expect(labelAt(layout, left - 5, top + 45)).toEqual({ unit: 1, side: 'query' })
    expect(labelAt(layout, left + 45, top - 1)).toEqual({ unit: 1, side: 'key' })
    expect(labelAt(layout, left + 5, top + 5)).toBeNull()
    const zoomed = matrixLayout({ width: 420, height: 420 }, 512, 80, 12, { left: 1200, top: 600 })
    expect(cellAt(zoomed, zoomed.left, zoomed.top)).toEqual({ query: 50, key: 100 })
    expect(visibleCells(zoomed)).toMatchObject({ firstRow: 50, firstColumn: 100 })
  })
})

describe('pixels of the matrix', () => {
  it('are darker for larger weights and transparent where nothing is drawn', () => {
    const pixels = pixelsOf(map([0.7, 0.3, 0.25, 0.6].map(Math.fround)))
    const at = (query: number, key: number): number[] => [
      ...pixels.subarray((query * 4 + key) * 4, (query * 4 + key) * 4 + 4)
    ]
    const light = ([red, green, blue]: number[]): number => red! + green! + blue!
    expect(at(0, 1)).toEqual([0, 0, 0, 0])
    expect(at(1, 0)[3]).toBe(0)
    expect(at(0, 0)[3]).toBe(255)
    expect(light(at(0, 0))).toBeLessThan(light(at(3, 2)))
    expect(light(at(3, 2))).toBeLessThan(light(at(1, 1)))
    expect(light(at(1, 1))).toBeLessThan(light(at(1, 2)))
  })
  it('of several maps show the strongest in its colour', () => {
    const pixels = pixelsOf(map(), shifted)
    // Cell (1, 2): 0.3 against 1, which is the second map at full strength.
    expect([...pixels.subarray(24, 28)]).toEqual([0, 0, 200, 255])
    expect(strongestMap([map(), shifted], 1, 1)).toBe(0)
    expect(strongestMap([map([1, 1, 1, 1])], 0, 0)).toBe(-1)
  })
})

describe('drawing the matrix', () => {
  it('looks as it did', async () => {
    const context = recordingContext()
    const maps = [map([0, 0.25, 0, 0])]
    drawCells(context, image, layout, colours)
    drawValues(context, maps, pixelsOf(...maps), layout, 'Inter')
    drawCellRings(context, [{ query: 1, key: 2 }], layout, colours)
    drawLabels(context, units, layout, colours, 'Inter', { query: 1, key: null })
    drawCrosshair(context, layout, { unit: 1, side: 'query' }, { query: 1, key: 2 }, colours)
    await expect(`${context.recording.commands.join('\n')}\n`).toMatchFileSnapshot('pictures/attention-matrix.txt')
  })
  it('labels rows and columns, the marked one bold', () => {
    const context = recordingContext()
    drawLabels(context, units, layout, colours, 'Inter', { query: 1, key: null })
    expect(context.recording.texts).toEqual([...units, ...units].map((unit) => unit.text))
    expect(written(context.recording, 'font').filter((font) => font.startsWith('650'))).toHaveLength(1)
  })
  it('writes weights only into cells that have room, and none that round to nothing', () => {
    const context = recordingContext()
    drawValues(context, [map()], pixelsOf(map()), layout, 'Inter')
    expect(context.recording.texts).toEqual([
      '.70',
      '.10',
      '.10',
      '.10',
      '.50',
      '.30',
      '.20',
      '.25',
      '.25',
      '.25',
      '.25',
      '.05',
      '.15',
      '.60',
      '.20'
    ])
    const small = recordingContext()
    drawValues(small, [map()], pixelsOf(map()), matrixLayout({ width: 400, height: 300 }, 4, 40, 20, none), 'Inter')
    expect(small.recording.texts).toEqual([])
    expect([hundredths(0.004), hundredths(0.999), hundredths(0.042)]).toEqual(['', '1', '.04'])
  })
  it('takes only the visible part of a long map', () => {
    const context = recordingContext()
    drawCells(context, image, matrixLayout({ width: 420, height: 420 }, 512, 80, 12, { left: 1200, top: 600 }), colours)
    const [command] = context.recording.commands.filter((text) => text.startsWith('drawImage'))
    const [, column, row, columns] = command!.slice(10, -1).split(', ').map(Number)
    expect([column, row]).toEqual([100, 50])
    expect(columns).toBeLessThan(40)
  })
  it('numbers positions where cells are too small for labels', () => {
    const context = recordingContext()
    const many = Array.from({ length: 512 }, (_, index) => ({
      text: `token${index}`,
      special: false,
      word: index,
      token: index
    }))
    drawLabels(context, many, matrixLayout({ width: 420, height: 420 }, 512, 80, null, none), colours, 'Inter', {
      query: null,
      key: null
    })
    expect(context.recording.texts.slice(0, 3)).toEqual(['50', '100', '150'])
  })
  it('draws no rings into cells of a few pixels', () => {
    const context = recordingContext()
    drawCellRings(
      context,
      [{ query: 1, key: 2 }],
      matrixLayout({ width: 420, height: 420 }, 512, 80, null, none),
      colours
    )
    expect(calls(context.recording, 'arc')).toBe(0)
  })
})
