import { describe, expect, it } from 'vitest'
import {
  drawEntropies,
  drawThumbnailLabels,
  drawThumbnails,
  headOrder,
  spread,
  thumbnailCorner,
  thumbnailEntry,
  thumbnailLayout,
  thumbnailPixels
} from '@/plots/attentionThumbnails'
import { sequentialTable } from '@/plots/colorScale'
import { calls, recordingContext } from './recordingContext'

const colours = { faint: '#999', border: '#ddd' }
const entropy = Float32Array.from([2.5, 0.5, 1.5, 1, 1, 0.2])

describe('layout of the grid of heads', () => {
  it('makes cells as large as the width allows', () => {
    const layout = thumbnailLayout(6, 12, { width: 420, height: null })
    expect(layout.cell).toBe(29)
    expect(layout.width).toBeLessThanOrEqual(420)
    expect(thumbnailCorner(layout, 1, 2)).toEqual({ x: 24 + 2 * 32, y: 18 + 32 })
  })
  it('scrolls rather than making maps unreadable', () => {
    const layout = thumbnailLayout(24, 16, { width: 300, height: 200 })
    expect(layout.cell).toBe(18)
    expect(layout.width).toBe(24 + 16 * 21)
    expect(layout.height).toBe(18 + 24 * 21)
  })
})

describe('order of heads', () => {
  it('is by number, or the most focused of each layer first; equal ones by number', () => {
    expect([...headOrder(entropy, 2, 3, 'number')]).toEqual([0, 1, 2, 0, 1, 2])
    expect([...headOrder(entropy, 2, 3, 'entropy')]).toEqual([1, 2, 0, 2, 0, 1])
  })
})

describe('pixels of all maps', () => {
  it('stand next to each other in the order of the heads', () => {
    const table = sequentialTable('light')
    // One layer, two heads of 2 x 2: head 0 is empty, head 1 has its maximum at row 0, column 1.
    const thumbnails = Uint8Array.from([0, 0, 0, 0, 0, 255, 64, 0])
    const pixels = thumbnailPixels(thumbnails, 1, 2, 2, Int32Array.from([1, 0]), table)
    const at = (x: number, y: number): number[] => [...pixels.subarray((y * 4 + x) * 4, (y * 4 + x) * 4 + 4)]
    expect(at(1, 0)).toEqual([...table.subarray(255 * 4, 256 * 4)])
    expect(at(0, 1)).toEqual([...table.subarray(thumbnailEntry(64) * 4, thumbnailEntry(64) * 4 + 4)])
    expect(at(2, 0)).toEqual([...table.subarray(0, 4)])
  })
  it('share one scale, so that an even head is light and a focused one dark; on its own scale each is dark', () => {
    const table = sequentialTable('light')
    // Head 0 gives every cell 0.05, head 1 has one cell of 0.9.
    const thumbnails = Uint8Array.from([255, 255, 255, 255, 0, 255, 0, 0])
    const largest = Float32Array.from([0.05, 0.9])
    const entryOf = (pixels: Uint8ClampedArray, x: number): number =>
      Array.from({ length: 256 }, (_, entry) => entry).find((entry) =>
        pixels.subarray(x * 4, x * 4 + 4).every((value, i) => value === table[entry * 4 + i])
      )!
    const shared = thumbnailPixels(thumbnails, 1, 2, 2, Int32Array.from([0, 1]), table, largest)
    expect(Math.abs(entryOf(shared, 0) - Math.round(Math.sqrt(0.05) * 255))).toBeLessThanOrEqual(2)
    expect(Math.abs(entryOf(shared, 3) - Math.round(Math.sqrt(0.9) * 255))).toBeLessThanOrEqual(2)
    const own = thumbnailPixels(thumbnails, 1, 2, 2, Int32Array.from([0, 1]), table)
    expect([entryOf(own, 0), entryOf(own, 3)]).toEqual([255, 255])
  })
  it('run with the square root of the weight', () => {
    expect([0, 64, 255].map(thumbnailEntry)).toEqual([0, Math.round(Math.sqrt(64 / 255) * 255), 255])
  })
})

describe('drawing the grid', () => {
  const layout = thumbnailLayout(2, 3, { width: 200, height: null })
  it('looks as it did', async () => {
    const context = recordingContext()
    drawThumbnails(context, {} as CanvasImageSource, 24, layout, colours)
    drawThumbnailLabels(context, layout, false, colours, 'Inter')
    await expect(`${context.recording.commands.join('\n')}\n`).toMatchFileSnapshot('pictures/attention-thumbnails.txt')
    expect(calls(context.recording, 'drawImage')).toBe(6)
    expect(context.recording.texts).toEqual(['1', '2', '1', '2', '3'])
  })
  it('says what sorted columns mean instead of numbering them', () => {
    const context = recordingContext()
    drawThumbnailLabels(context, layout, true, colours, 'Inter')
    expect(context.recording.texts).toEqual(['1', '2', 'focused', 'diffuse'])
  })
  it('writes the entropy of each head in the order of the heads', () => {
    const context = recordingContext()
    drawEntropies(
      context,
      entropy,
      headOrder(entropy, 2, 3, 'entropy'),
      layout,
      colours,
      () => ({ fill: 'navy', ink: 'white' }),
      'Inter'
    )
    expect(context.recording.texts).toEqual(['0.5', '1.5', '2.5', '0.2', '1.0', '1.0'])
  })
})

it('spread is the share of the most entropy there can be', () => {
  expect(spread(2, 16)).toBe(0.5)
  expect(spread(4.2, 16)).toBe(1)
  expect(spread(1, 1)).toBe(0)
})
