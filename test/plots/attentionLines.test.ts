import { describe, expect, it } from 'vitest'
import { collectLinks } from '@/plots/attentionLinks'
import {
  drawFills,
  drawFocusBox,
  drawLinks,
  drawLockBox,
  drawRings,
  drawTree,
  fillBox,
  labelLeft,
  linesHeight,
  linesLayout,
  linkCurve,
  rowTop,
  unitAt,
  visibleRows
} from '@/plots/attentionLines'
import { strength } from '@/plots/attentionMap'
import { map, shifted } from './attentionFixture'
import { calls, recordingContext, written } from './recordingContext'

const layout = linesLayout({ width: 400, height: 200 }, 4, 1, 60, 0)
const style = { colours: ['#2f5bd7'], largest: 0.7 }
const all = { first: 0, last: 3, budget: 1000 }

describe('layout of the lines', () => {
  it('places labels left and right of the lines, with room for a weight beside them', () => {
    expect(layout).toMatchObject({ labelWidth: 74, beside: 38, rowHeight: 30, left: 117, right: 283 })
    expect([labelLeft(layout, 'query'), labelLeft(layout, 'key')]).toEqual([38, 288])
    expect(linesHeight(layout)).toBe(132)
  })
  it('cuts labels before the lines lose their room', () => {
    const narrow = linesLayout({ width: 320, height: 200 }, 4, 1, 900, 0)
    expect(narrow.right - narrow.left).toBeGreaterThanOrEqual(70)
    expect(narrow.labelWidth).toBeGreaterThan(36)
  })
  it('finds the unit under a position, scrolled or not', () => {
    expect(unitAt(layout, 50, 7)).toEqual({ unit: 0, side: 'query' })
    expect(unitAt(layout, 300, 99)).toEqual({ unit: 3, side: 'key' })
    expect(unitAt(layout, 200, 50)).toBeNull()
    expect(unitAt(layout, 50, 130)).toBeNull()
    const long = linesLayout({ width: 400, height: 200 }, 512, 1, 60, 1000)
    expect(long.rowHeight).toBe(20)
    expect(unitAt(long, 50, 0)).toEqual({ unit: 49, side: 'query' })
    expect(visibleRows(long)).toEqual({ first: 49, last: 59 })
    expect(rowTop(long, 50)).toBe(6)
  })
  it('gives each of several maps a lane and a strip of its own', () => {
    const two = linesLayout({ width: 400, height: 200 }, 4, 2, 60, 0)
    const lanes = [0, 1].map((index) => linkCurve(two, 0, 0, index).y0)
    expect(lanes[0]).toBeLessThan(lanes[1]!)
    expect(linkCurve(layout, 0, 0, 0).y0).toBe(21)
    const [first, second] = [0, 1].map((index) => fillBox(two, 'key', index))
    expect(first!.x + first!.width).toBeLessThanOrEqual(second!.x)
    expect(first!.x).toBeGreaterThanOrEqual(labelLeft(two, 'key') + two.labelWidth)
  })
})

describe('drawing the lines', () => {
  it('draws one line a link, the stronger the more opaque and the wider', () => {
    const context = recordingContext()
    const links = collectLinks([map([0.7, 0.3, 0.25, 0.6].map(Math.fround))], null, all)
    drawLinks(context, links, layout, style)
    expect(calls(context.recording, 'stroke')).toBe(8)
    const opacity = written(context.recording, 'globalAlpha').map(Number)
    const width = written(context.recording, 'lineWidth').map(Number)
    for (let i = 1; i < 8; i++) {
      expect(opacity[i]!).toBeGreaterThanOrEqual(opacity[i - 1]!)
      expect(width[i]!).toBeGreaterThanOrEqual(width[i - 1]!)
    }
    expect(opacity[7]).toBe(1)
    expect(opacity[0]).toBeCloseTo(strength(0.25, 0.7), 3)
  })
  it('draws the gold tree as broken lines on the way of a link, and leaves out what is scrolled away', () => {
    const context = recordingContext()
    drawTree(context, [{ query: 1, key: 3 }], layout, 'red')
    const { x0, y0, x1, y1, bend } = linkCurve(layout, 1, 3, 0)
    expect(context.recording.commands).toContain(`moveTo(${x0}, ${y0})`)
    expect(
      context.recording.commands.some(
        (command) =>
          command.startsWith(`bezierCurveTo(${Math.round((x0 + bend) * 1000) / 1000}, ${y0}`) &&
          command.endsWith(`${x1}, ${y1})`)
      )
    ).toBe(true)
    expect(calls(context.recording, 'setLineDash')).toBe(1)
    const scrolled = recordingContext()
    drawTree(scrolled, [{ query: 1, key: 3 }], { ...layout, scrollTop: 500 }, 'red')
    expect(calls(scrolled.recording, 'stroke')).toBe(0)
  })
  it('looks as it did', async () => {
    const context = recordingContext()
    const focus = { unit: 1, side: 'query' } as const
    drawFocusBox(context, focus, layout, '#fdeadd')
    drawLockBox(context, focus, layout, '#c2410c')
    drawFills(context, [map([0, 0.25, 0, 0])], focus, layout, style)
    drawLinks(context, collectLinks([map([0, 0.25, 0, 0])], focus, all), layout, style)
    drawRings(context, [2], 'key', layout, { ring: '#c2410c', ground: '#ffffff' })
    await expect(`${context.recording.commands.join('\n')}\n`).toMatchFileSnapshot('pictures/attention-lines.txt')
  })
  it('fills what the focus looks at, as strongly as its weight, and nothing below the threshold', () => {
    const context = recordingContext()
    drawFills(context, [map([0, 0.25, 0, 0])], { unit: 1, side: 'query' }, layout, style)
    expect(calls(context.recording, 'fill')).toBe(2)
    const opacity = written(context.recording, 'globalAlpha').map(Number)
    expect(opacity[0]! / opacity[1]!).toBeCloseTo(Math.sqrt(0.5 / 0.3), 2)
  })
  it('fills what looks at the focus where its column was asked for', () => {
    const context = recordingContext()
    drawFills(context, [map()], { unit: 0, side: 'key' }, layout, style)
    // Row 1 gives it nothing.
    expect(calls(context.recording, 'fill')).toBe(3)
    expect(context.recording.commands.filter((command) => command.startsWith('roundRect(38,'))).toHaveLength(3)
  })
  it('gives two maps two colours', () => {
    const context = recordingContext()
    const two = linesLayout({ width: 400, height: 200 }, 4, 2, 60, 0)
    drawLinks(context, collectLinks([map(), shifted], { unit: 0, side: 'query' }, all), two, {
      colours: ['red', 'blue'],
      largest: 1
    })
    expect(written(context.recording, 'strokeStyle').filter((colour) => colour === 'blue')).toHaveLength(1)
    expect(written(context.recording, 'strokeStyle').filter((colour) => colour === 'red')).toHaveLength(4)
  })
  it('draws no ring that is out of sight', () => {
    const context = recordingContext()
    drawRings(context, [0, 3], 'key', linesLayout({ width: 400, height: 60 }, 4, 1, 60, 0), {
      ring: 'red',
      ground: 'white'
    })
    expect(calls(context.recording, 'arc')).toBe(1)
  })
})
