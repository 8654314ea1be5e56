import type { AttentionLinks } from './attentionLinks'
import { isDrawn, strength, type AttentionFocus, type AttentionMap } from './attentionMap'

/**
 * Two columns of units, the ones that look on the left and the ones that are looked at on the right, with a line for
 * each weight (the head view of Vig 2019, "A Multiscale Visualization of Attention in the Transformer Model").
 * Positions are CSS pixels.
 */
export interface LinesLayout {
  width: number
  /** Height of the visible part. */
  height: number
  rowHeight: number
  count: number
  scrollTop: number
  /** Width of the boxes that hold the labels. */
  labelWidth: number
  /** Width of the room beside a label, for its weight or for one strip a map. */
  beside: number
  /** Where lines begin and end. */
  left: number
  right: number
  /** How many maps are shown; each has a lane of its own within a row. */
  maps: number
}

export interface LinesStyle {
  /** One colour a map. */
  colours: readonly string[]
  /** Weight drawn at full strength. */
  largest: number
}

export type LinesContext = Pick<
  CanvasRenderingContext2D,
  | 'beginPath'
  | 'moveTo'
  | 'bezierCurveTo'
  | 'stroke'
  | 'fill'
  | 'arc'
  | 'roundRect'
  | 'save'
  | 'restore'
  | 'setLineDash'
  | 'strokeStyle'
  | 'fillStyle'
  | 'globalAlpha'
  | 'lineWidth'
>

/** Room for a weight, and for one strip of several. */
const weightRoom = 38
const stripWidth = 6
/** Between a label's box and the ends of the lines. */
const gap = 5
const padding = 6

/** Rows tall enough for a label; a little more air where all of them fit the height. */
export function rowHeightFor(count: number, height: number): number {
  return Math.max(20, Math.min(30, Math.floor((height - 2 * padding) / Math.max(1, count))))
}

/** @param widestLabel in pixels; longer ones are cut where the lines would lose their room */
export function linesLayout(
  size: { width: number; height: number },
  count: number,
  maps: number,
  widestLabel: number,
  scrollTop: number
): LinesLayout {
  const { width, height } = size
  const beside = maps > 1 ? Math.round(Math.min(maps * stripWidth, width * 0.2)) + gap : weightRoom
  const most = Math.max(36, (width - 2 * beside - Math.max(80, width * 0.26)) / 2)
  const labelWidth = Math.round(Math.min(most, Math.max(44, widestLabel + 14)))
  return {
    width,
    height,
    count,
    maps,
    scrollTop,
    labelWidth,
    beside,
    rowHeight: rowHeightFor(count, height),
    left: beside + labelWidth + gap,
    right: width - beside - labelWidth - gap
  }
}

/** Full height of the columns. */
export function linesHeight(layout: Pick<LinesLayout, 'count' | 'rowHeight'>): number {
  return layout.count * layout.rowHeight + 2 * padding
}

/** Upper edge of a row in the visible part. */
export function rowTop(layout: LinesLayout, unit: number): number {
  return padding + unit * layout.rowHeight - layout.scrollTop
}

/** First and last row in view; `last` is smaller than `first` where there is none. */
export function visibleRows(layout: LinesLayout): { first: number; last: number } {
  return {
    first: Math.max(0, Math.floor((layout.scrollTop - padding) / layout.rowHeight)),
    last: Math.min(layout.count - 1, Math.floor((layout.scrollTop + layout.height - padding) / layout.rowHeight))
  }
}

/** Left edge of the label boxes of one column. */
export function labelLeft(layout: LinesLayout, side: AttentionFocus['side']): number {
  return side === 'query' ? layout.beside : layout.right + gap
}

/** The unit under a position: by column where it is over labels, null between the columns and outside. */
export function unitAt(layout: LinesLayout, x: number, y: number): AttentionFocus | null {
  const unit = Math.floor((y + layout.scrollTop - padding) / layout.rowHeight)
  if (unit < 0 || unit >= layout.count) return null
  if (x >= 0 && x <= layout.left) return { unit, side: 'query' }
  if (x >= layout.right && x <= layout.width) return { unit, side: 'key' }
  return null
}

/**
 * A line as a cubic curve that leaves and arrives level. Of several maps each keeps to its lane: otherwise one would
 * hide the others.
 */
export function linkCurve(
  layout: LinesLayout,
  query: number,
  key: number,
  map: number
): { x0: number; y0: number; x1: number; y1: number; bend: number } {
  const middle = layout.rowHeight * (0.5 + (layout.maps > 1 ? ((map + 0.5) / layout.maps - 0.5) * 0.7 : 0))
  return {
    x0: layout.left,
    y0: rowTop(layout, query) + middle,
    x1: layout.right,
    y1: rowTop(layout, key) + middle,
    bend: (layout.right - layout.left) * 0.42
  }
}

/** A stronger line is wider as well as more opaque, so that it stands out of many. */
export function lineWidth(share: number): number {
  return 0.75 + 2 * share
}

export function drawLinks(context: LinesContext, links: AttentionLinks, layout: LinesLayout, style: LinesStyle): void {
  context.save()
  for (let i = 0; i < links.weight.length; i++) {
    const share = strength(links.weight[i]!, style.largest)
    const { x0, y0, x1, y1, bend } = linkCurve(layout, links.query[i]!, links.key[i]!, links.map[i]!)
    context.globalAlpha = share
    context.strokeStyle = style.colours[links.map[i]!]!
    context.lineWidth = lineWidth(share)
    context.beginPath()
    context.moveTo(x0, y0)
    context.bezierCurveTo(x0 + bend, y0, x1 - bend, y1, x1, y1)
    context.stroke()
  }
  context.restore()
}

/** The gold tree over the lines: from each word to its head, broken, so that it is never taken for attention. */
export function drawTree(
  context: LinesContext,
  cells: readonly { query: number; key: number }[],
  layout: LinesLayout,
  color: string
): void {
  context.save()
  context.strokeStyle = color
  context.lineWidth = 1.5
  context.setLineDash([5, 3])
  for (const { query, key } of cells) {
    const { x0, y0, x1, y1, bend } = linkCurve({ ...layout, maps: 1 }, query, key, 0)
    if (Math.max(y0, y1) < 0 || Math.min(y0, y1) > layout.height) continue
    context.beginPath()
    context.moveTo(x0, y0)
    context.bezierCurveTo(x0 + bend, y0, x1 - bend, y1, x1, y1)
    context.stroke()
  }
  context.restore()
}

/**
 * Shows what the units on the other side of the focus give or receive: a single map fills the box of the label as
 * strongly as its weight, several have a strip each beside it. Weights below the threshold leave their place empty.
 */
export function drawFills(
  context: LinesContext,
  maps: readonly AttentionMap[],
  focus: AttentionFocus,
  layout: LinesLayout,
  style: LinesStyle
): void {
  const other = focus.side === 'query' ? 'key' : 'query'
  const { first, last } = visibleRows(layout)
  context.save()
  for (let unit = first; unit <= last; unit++) {
    maps.forEach((map, index) => {
      const query = focus.side === 'query' ? focus.unit : unit
      const key = focus.side === 'query' ? unit : focus.unit
      if (!isDrawn(map, query, key)) return
      const { x, width } = fillBox(layout, other, index)
      context.globalAlpha = fillOpacity(map.weights[query * map.size + key]!, style.largest, maps.length)
      context.fillStyle = style.colours[index]!
      context.beginPath()
      context.roundRect(x, rowTop(layout, unit) + 1, width, layout.rowHeight - 2, maps.length > 1 ? 1 : 3)
      context.fill()
    })
  }
  context.restore()
}

/** Place of a map's fill: the label's box, or a strip beside it. */
export function fillBox(layout: LinesLayout, side: AttentionFocus['side'], map: number): { x: number; width: number } {
  const label = labelLeft(layout, side)
  if (layout.maps === 1) return { x: label, width: layout.labelWidth }
  const strip = (layout.beside - gap) / layout.maps
  const start = side === 'key' ? label + layout.labelWidth + gap : 0
  return { x: start + map * strip, width: Math.max(1, strip - 1) }
}

/** The fill of a label stays below the opacity at which the label could no longer be read. */
export function fillOpacity(weight: number, largest: number, maps: number): number {
  return strength(weight, largest) * (maps === 1 ? 0.5 : 1)
}

/** Behind the unit in focus. */
export function drawFocusBox(context: LinesContext, focus: AttentionFocus, layout: LinesLayout, colour: string): void {
  context.save()
  boxPath(context, focus, layout)
  context.fillStyle = colour
  context.fill()
  context.restore()
}

/** Around the unit that is locked, which is not in focus while another is hovered. */
export function drawLockBox(context: LinesContext, locked: AttentionFocus, layout: LinesLayout, colour: string): void {
  context.save()
  boxPath(context, locked, layout)
  context.strokeStyle = colour
  context.lineWidth = 1.5
  context.stroke()
  context.restore()
}

function boxPath(context: LinesContext, { unit, side }: AttentionFocus, layout: LinesLayout): void {
  context.beginPath()
  context.roundRect(
    labelLeft(layout, side) + 0.5,
    rowTop(layout, unit) + 1.5,
    layout.labelWidth - 1,
    layout.rowHeight - 3,
    3
  )
}

/** Small rings at the line ends of units, for example the gold head of the word in focus. */
export function drawRings(
  context: LinesContext,
  units: readonly number[],
  side: AttentionFocus['side'],
  layout: LinesLayout,
  colours: { ring: string; ground: string }
): void {
  context.save()
  context.lineWidth = 1.75
  context.strokeStyle = colours.ring
  context.fillStyle = colours.ground
  for (const unit of units) {
    const y = rowTop(layout, unit) + layout.rowHeight / 2
    if (y < -8 || y > layout.height + 8) continue
    context.beginPath()
    context.arc(side === 'query' ? layout.left : layout.right, y, 4, 0, 2 * Math.PI)
    context.fill()
    context.stroke()
  }
  context.restore()
}
