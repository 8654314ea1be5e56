import { isolated } from '@shared/isolated'
import { fillBox, fillOpacity, labelLeft, lineWidth, linkCurve, rowTop, type LinesLayout } from './attentionLines'
import type { AttentionLinks } from './attentionLinks'
import { isDrawn, strength, type AttentionFocus, type AttentionMap, type AttentionUnit } from './attentionMap'
import { round, svgElement, svgRoot } from './svg'
import { wrapped } from './wrapped'

/** The heading of a figure, so that it still says what it is in a paper. */
export interface FigureTitle {
  title: string
  /** A line each: model and hook, sentence, threshold. */
  notes: readonly string[]
}

export interface LinesFigure {
  units: readonly AttentionUnit[]
  maps: readonly AttentionMap[]
  links: AttentionLinks
  focus: AttentionFocus | null
  /** Units of the other column that carry a ring. */
  rings: readonly number[]
  /** The gold tree: from a word to its head. */
  tree?: readonly { query: number; key: number }[]
  colours: readonly string[]
  largest: number
  heading: FigureTitle
  /** Of the page. */
  width: number
}

/** Room above a figure for its title and notes. */
export function headingHeight({ notes }: FigureTitle): number {
  return 28 + 15 * notes.length
}

const rowHeight = 22
const fontSize = 12
const noteSize = 10.5
const longestLabel = 150

/** The lines as vectors: one path per link, named 'from → to weight' in the file as on screen. */
export function drawLinesFigure(document: Document, figure: LinesFigure): SVGSVGElement {
  const { units, links, focus, width } = figure
  const heading = headingWithin(width, figure.heading)
  const labelWidth = Math.round(
    Math.min(longestLabel, width * 0.26, Math.max(44, ...units.map((unit) => measure(unit.text, fontSize) + 14)))
  )
  const beside = figure.maps.length > 1 ? figure.maps.length * 6 + 5 : 38
  const layout: LinesLayout = {
    width,
    height: units.length * rowHeight + 12,
    rowHeight,
    count: units.length,
    scrollTop: -headingHeight(heading),
    labelWidth,
    beside,
    maps: figure.maps.length,
    left: beside + labelWidth + 5,
    right: width - beside - labelWidth - 5
  }
  const svg = svgRoot(document, width, layout.height + headingHeight(heading), heading.title)
  drawHeading(svg, heading)
  if (focus) drawFocus(svg, figure, layout)
  const group = svgElement(svg, 'g', { fill: 'none', 'data-part': 'links' })
  for (let i = 0; i < links.weight.length; i++) {
    const share = strength(links.weight[i]!, figure.largest)
    const { x0, y0, x1, y1, bend } = linkCurve(layout, links.query[i]!, links.key[i]!, links.map[i]!)
    svgElement(group, 'path', {
      d: curve(x0, y0, x1, y1, bend),
      fill: 'none',
      stroke: figure.colours[links.map[i]!],
      'stroke-width': lineWidth(share),
      'stroke-opacity': share,
      'aria-label': linkName(figure, i)
    })
  }
  for (const { query, key } of figure.tree ?? []) {
    const { x0, y0, x1, y1, bend } = linkCurve({ ...layout, maps: 1 }, query, key, 0)
    svgElement(svg, 'path', {
      d: curve(x0, y0, x1, y1, bend),
      fill: 'none',
      stroke: 'var(--mark)',
      'stroke-width': 1.5,
      'stroke-dasharray': '5 3',
      'data-part': 'tree',
      'aria-label': `${isolated(units[key]!.text)} is the head of ${isolated(units[query]!.text)}`
    })
  }
  for (const unit of figure.rings) {
    const x = focus?.side === 'key' ? layout.left : layout.right
    svgElement(svg, 'circle', {
      cx: x,
      cy: rowTop(layout, unit) + rowHeight / 2,
      r: 4,
      fill: 'var(--surface)',
      stroke: 'var(--mark)',
      'stroke-width': 1.75
    })
  }
  drawColumns(svg, figure, layout)
  return svg
}

function linkName({ units, links, maps }: LinesFigure, index: number): string {
  const head = maps.length > 1 ? maps[links.map[index]!]!.head : null
  const [from, to] = [links.query[index]!, links.key[index]!].map((unit) => isolated(units[unit]!.text))
  const name = `${from} → ${to} ${significant(links.weight[index]!)}`
  return head === null ? name : `${name} head ${head + 1}`
}

function drawFocus(svg: SVGSVGElement, { maps, focus, colours, largest }: LinesFigure, layout: LinesLayout): void {
  if (!focus) return
  const other = focus.side === 'query' ? 'key' : 'query'
  const box = (unit: number, at: { x: number; width: number }, attributes: Record<string, string | number>): void => {
    svgElement(svg, 'rect', {
      x: at.x,
      y: rowTop(layout, unit) + 1,
      width: at.width,
      height: rowHeight - 2,
      rx: 3,
      ...attributes
    })
  }
  box(focus.unit, { x: labelLeft(layout, focus.side), width: layout.labelWidth }, { fill: 'var(--mark-soft)' })
  for (let unit = 0; unit < layout.count; unit++) {
    const [query, key] = focus.side === 'query' ? [focus.unit, unit] : [unit, focus.unit]
    maps.forEach((map, index) => {
      if (!isDrawn(map, query, key)) return
      const opacity = fillOpacity(map.weights[query * map.size + key]!, largest, maps.length)
      box(unit, fillBox(layout, other, index), {
        fill: colours[index]!,
        'fill-opacity': opacity,
        rx: maps.length > 1 ? 1 : 3
      })
    })
  }
}

function drawColumns(svg: SVGSVGElement, { units, maps, focus }: LinesFigure, layout: LinesLayout): void {
  for (const side of ['query', 'key'] as const) {
    const group = svgElement(svg, 'g', { 'font-size': fontSize, 'data-part': side })
    const edge = side === 'query' ? labelLeft(layout, side) + layout.labelWidth - 6 : labelLeft(layout, side) + 6
    const anchor = side === 'query' ? 'end' : 'start'
    units.forEach((unit, index) => {
      const y = rowTop(layout, index) + rowHeight / 2 + fontSize * 0.35
      const inFocus = focus?.side === side && focus.unit === index
      const fill = inFocus ? 'var(--mark)' : unit.special ? 'var(--text-faint)' : 'var(--text)'
      svgElement(
        group,
        'text',
        { x: edge, y, 'font-size': fontSize, 'text-anchor': anchor, fill, 'font-weight': inFocus ? 600 : 400 },
        clip(unit.text, layout.labelWidth - 8, fontSize)
      )
      if (!focus || focus.side === side || maps.length > 1) return
      const [query, key] = focus.side === 'query' ? [focus.unit, index] : [index, focus.unit]
      const weight = maps[0]!.weights[query * maps[0]!.size + key]!
      if (!isDrawn(maps[0]!, query, key) || weight < 0.005) return
      const x = side === 'query' ? labelLeft(layout, side) - 4 : labelLeft(layout, side) + layout.labelWidth + 4
      svgElement(
        group,
        'text',
        { x, y, 'font-size': 10.5, 'text-anchor': anchor, fill: 'var(--text-muted)' },
        weight.toFixed(2)
      )
    })
  }
}

/** The notes of a heading in lines that fit. */
export function headingWithin(width: number, heading: FigureTitle): FigureTitle {
  return { ...heading, notes: heading.notes.flatMap((note) => wrapped(note, width - 16, noteSize)) }
}

export function drawHeading(svg: SVGSVGElement, { title, notes }: FigureTitle): void {
  const room = Number(svg.getAttribute('width')) - 16
  svgElement(
    svg,
    'text',
    { x: 8, y: 17, 'font-size': 13, 'font-weight': 600, fill: 'var(--text)' },
    clip(title, room, 13)
  )
  notes.forEach((note, line) => {
    svgElement(svg, 'text', { x: 8, y: 33 + 15 * line, 'font-size': noteSize, fill: 'var(--text-muted)' }, note)
  })
}

/** Seven digits: what a 32-bit weight holds. */
export function significant(weight: number): number {
  return Number(weight.toPrecision(7))
}

/**
 * Pixels a text takes, near enough, without a screen to measure on: ideographs, kana, hangul and emoji are as wide as
 * they are tall, marks that combine with the letter before take no room.
 */
export function measure(text: string, size: number): number {
  let width = 0
  for (const character of text) {
    if (/\p{Mark}|\u200d/u.test(character)) continue
    width +=
      (/[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]|\p{Extended_Pictographic}/u.test(character)
        ? 1.02
        : /[A-Z@%&—…]/.test(character)
          ? 0.7
          : 0.57) * size
  }
  return width
}

/** As much of the text as fits, with an ellipsis. */
export function clip(text: string, room: number, size: number): string {
  if (measure(text, size) <= room) return text
  const characters = [...text]
  while (characters.length > 1 && measure(`${characters.join('')}…`, size) > room) characters.pop()
  return `${characters.join('')}…`
}

/** A line from one place to another that leaves and arrives level. */
function curve(x0: number, y0: number, x1: number, y1: number, bend: number): string {
  return (
    `M${round(x0)},${round(y0)}C${round(x0 + bend)},${round(y0)},` +
    `${round(x1 - bend)},${round(y1)},${round(x1)},${round(y1)}`
  )
}
