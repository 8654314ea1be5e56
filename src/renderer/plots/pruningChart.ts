import { scaleLinear } from 'd3-scale'
import { line as linePath } from 'd3-shape'
import { windowForm, type DrawnForm } from './figureForm'
import { svgElement, svgRoot, textWidth } from './svg'

export interface PruningChartOptions {
  /** Parts switched off at each point. */
  counts: readonly number[]
  /** The order that is shown, one value for each count. */
  ordered: { title: string; values: readonly number[] }
  /** Other orders with a meaning of their own. */
  further?: readonly { title: string; values: readonly number[] }[]
  /** Random orders, drawn behind it. */
  random: readonly { values: readonly number[] }[]
  format: (value: number) => string
  valueTitle: string
  countTitle: string
  width: number
  height: number
  label: string
  form?: DrawnForm
}

const furtherColors = ['var(--mark)', 'var(--text-muted)'] as const
const fontSize = 11

/** A measure while more and more parts are switched off, the orders in question before the spread of random ones. */
export function drawPruningChart(document: Document, options: PruningChartOptions): { svg: SVGSVGElement } {
  const { counts, ordered, further = [], random, format, width, height } = options
  const svg = svgRoot(document, width, height, options.label)
  const curves = [
    { ...ordered, color: 'var(--accent)', part: 'ordered' },
    ...further.map((one, i) => ({ ...one, color: furtherColors[i % furtherColors.length]!, part: 'further' }))
  ]
  const all = [...curves, ...random].flatMap(({ values }) => values)
  const { legend } = options.form ?? windowForm
  const entries = [
    ...curves.map(({ title, color }) => ({ title, color, dashed: false })),
    ...(random.length
      ? [{ title: random.length === 1 ? 'Random order' : 'Random orders', color: 'var(--text-faint)', dashed: true }]
      : [])
  ]
  const top = legend ? drawKey(svg, entries, width) : 20
  const y = scaleLinear()
    .domain([Math.min(...all), Math.max(...all)])
    .nice(4)
    .range([height - 34, top + 10])
  const ticks = y.ticks(4)
  const left = Math.ceil(Math.max(...ticks.map((tick) => textWidth(format(tick), fontSize)))) + 12
  const right = width - 12
  const x = scaleLinear()
    .domain([0, Math.max(1, counts.at(-1) ?? 1)])
    .range([left, right])
  for (const tick of ticks) {
    svgElement(svg, 'line', { x1: left, x2: right, y1: y(tick), y2: y(tick), stroke: 'var(--border)' })
    svgElement(
      svg,
      'text',
      { x: left - 6, y: y(tick) + 4, 'text-anchor': 'end', 'font-size': fontSize, fill: 'var(--text-faint)' },
      format(tick)
    )
  }
  for (const tick of x.ticks(Math.min(8, counts.length)).filter(Number.isInteger))
    svgElement(
      svg,
      'text',
      { x: x(tick), y: height - 18, 'text-anchor': 'middle', 'font-size': fontSize, fill: 'var(--text-faint)' },
      String(tick)
    )
  svgElement(svg, 'text', { x: 0, y: 11, 'font-size': fontSize, fill: 'var(--text-muted)' }, options.valueTitle)
  svgElement(
    svg,
    'text',
    { x: right, y: height - 4, 'text-anchor': 'end', 'font-size': fontSize, fill: 'var(--text-muted)' },
    options.countTitle
  )
  const path = linePath<number>()
    .x((_, i) => x(counts[i]!))
    .y((value) => y(value))
    .digits(2)
  for (const { values } of random)
    svgElement(svg, 'path', {
      d: path([...values]) ?? '',
      fill: 'none',
      stroke: 'var(--text-faint)',
      'stroke-width': 1.25,
      'stroke-dasharray': '3 3',
      'data-part': 'random'
    })
  for (const { title, values, color, part } of curves.toReversed()) {
    svgElement(svg, 'path', {
      d: path([...values]) ?? '',
      fill: 'none',
      stroke: color,
      'stroke-width': 2,
      'data-part': part
    })
    values.forEach((value, i) => {
      const dot = svgElement(svg, 'circle', {
        cx: x(counts[i]!),
        cy: y(value),
        r: 3,
        fill: 'var(--surface)',
        stroke: color,
        'stroke-width': 1.5
      })
      svgElement(dot, 'title', {}, `${title}, ${counts[i]} off: ${format(value)}`)
    })
  }
  return { svg }
}

/** What each line is, in as many rows as it takes below the title; returns where they end. */
function drawKey(
  svg: SVGSVGElement,
  entries: readonly { title: string; color: string; dashed: boolean }[],
  width: number
): number {
  let x = 0
  let y = 27
  for (const { title, color, dashed } of entries) {
    const wide = 22 + textWidth(title, fontSize) + 14
    if (x > 0 && x + wide > width) {
      x = 0
      y += 15
    }
    svgElement(svg, 'line', {
      x1: x,
      x2: x + 16,
      y1: y - 4,
      y2: y - 4,
      stroke: color,
      'stroke-width': dashed ? 1.25 : 2,
      'stroke-dasharray': dashed ? '3 3' : null
    })
    svgElement(svg, 'text', { x: x + 22, y, 'font-size': fontSize, fill: 'var(--text-muted)' }, title)
    x += wide
  }
  return y
}
