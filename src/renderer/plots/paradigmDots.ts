import { scaleLinear } from 'd3-scale'
import type { DrawnForm } from './figureForm'
import { svgElement, svgRoot, textWidth } from './svg'

export interface DotRow {
  id: string
  title: string
  value: number
  low: number
  high: number
  colour: string
}

export interface DotGroup {
  title: string
  rows: readonly DotRow[]
}

export interface ParadigmDotsOptions {
  width: number
  /** Where chance is, on the axis from 0 to 1. */
  chance: number
  chanceTitle: string
  format: (value: number) => string
  selected: string | null
  label: string
  form?: DrawnForm
}

export interface ParadigmDotsDrawing {
  svg: SVGSVGElement
  height: number
  /** The row at a height inside the picture. */
  rowAt(y: number): string | null
}

const rowHeight = 19
const headingHeight = 24
const top = 30

/** Shares with their intervals, a row each under the headings of their groups, beside a line at chance. */
export function drawParadigmDots(
  document: Document,
  groups: readonly DotGroup[],
  options: ParadigmDotsOptions
): ParadigmDotsDrawing {
  const { width, chance, format, selected } = options
  const rows = groups.flatMap((group) => group.rows)
  const valueRoom = 44
  const left = Math.min(
    width * (options.form?.paper ? 0.62 : 0.5),
    Math.ceil(Math.max(60, ...rows.map(({ title }) => textWidth(title, 11.5)))) + 14
  )
  const right = width - valueRoom
  const height =
    top + groups.reduce((sum, group) => sum + (group.title ? headingHeight : 0) + group.rows.length * rowHeight, 0) + 10
  const x = scaleLinear().domain([0, 1]).range([left, right])
  const svg = svgRoot(document, width, height, options.label)
  for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
    svgElement(svg, 'line', { x1: x(tick), x2: x(tick), y1: top - 4, y2: height - 8, stroke: 'var(--border)' })
    svgElement(
      svg,
      'text',
      { x: x(tick), y: 10, 'text-anchor': 'middle', 'font-size': 11, fill: 'var(--text-faint)' },
      format(tick)
    )
  }
  svgElement(svg, 'line', {
    x1: x(chance),
    x2: x(chance),
    y1: top - 3,
    y2: height - 8,
    stroke: 'var(--text-muted)',
    'stroke-width': 1.25,
    'stroke-dasharray': '4 3',
    'data-part': 'chance'
  })
  svgElement(
    svg,
    'text',
    { x: x(chance), y: 24, 'text-anchor': 'middle', 'font-size': 10.5, fill: 'var(--text-muted)' },
    options.chanceTitle
  )

  const places: { id: string; from: number }[] = []
  let y = top
  for (const group of groups) {
    if (group.title) {
      svgElement(
        svg,
        'text',
        { x: 6, y: y + 17, 'font-size': 11, 'font-weight': 600, fill: 'var(--text-muted)' },
        group.title
      )
      y += headingHeight
    }
    for (const row of group.rows) {
      places.push({ id: row.id, from: y })
      const middle = y + rowHeight / 2
      const part = svgElement(svg, 'g', { 'data-row': row.id })
      svgElement(
        part,
        'title',
        {},
        `${row.title}: ${format(row.value)}, 95 % interval ${format(row.low)} to ${format(row.high)}`
      )
      svgElement(part, 'rect', {
        x: 0,
        y,
        width,
        height: rowHeight,
        rx: 4,
        fill: row.id === selected ? 'var(--accent-soft)' : 'transparent'
      })
      svgElement(
        part,
        'text',
        {
          x: left - 10,
          y: middle + 4,
          'text-anchor': 'end',
          'font-size': 11.5,
          'font-weight': row.id === selected ? 600 : 400,
          fill: 'var(--text)'
        },
        shortened(row.title, left - 14)
      )
      svgElement(part, 'line', {
        x1: x(row.low),
        x2: x(row.high),
        y1: middle,
        y2: middle,
        stroke: row.colour,
        'stroke-width': 2,
        'stroke-opacity': 0.55
      })
      svgElement(part, 'circle', {
        cx: x(row.value),
        cy: middle,
        r: 4,
        fill: row.colour,
        stroke: 'var(--surface)',
        'stroke-width': 1
      })
      svgElement(
        part,
        'text',
        { x: width - 4, y: middle + 4, 'text-anchor': 'end', 'font-size': 11, fill: 'var(--text-muted)' },
        format(row.value)
      )
      y += rowHeight
    }
  }
  return { svg, height, rowAt: (at) => places.find(({ from }) => at >= from && at < from + rowHeight)?.id ?? null }
}

function shortened(text: string, room: number): string {
  if (textWidth(text, 11.5) <= room) return text
  let kept = text.length
  while (kept > 1 && textWidth(`${text.slice(0, kept)}…`, 11.5) > room) kept--
  return `${text.slice(0, kept)}…`
}
