import { scaleLinear } from 'd3-scale'
import { line as linePath } from 'd3-shape'
import { svgElement, svgRoot, textWidth } from './svg'

export interface PruningChartOptions {
  /** Parts switched off at each point. */
  counts: readonly number[]
  /** The order that is shown, one value for each count. */
  ordered: { title: string; values: readonly number[] }
  /** Random orders, drawn behind it. */
  random: readonly { values: readonly number[] }[]
  format: (value: number) => string
  valueTitle: string
  countTitle: string
  width: number
  height: number
  label: string
}

/** A measure while more and more parts are switched off, the order in question before the spread of random ones. */
export function drawPruningChart(document: Document, options: PruningChartOptions): { svg: SVGSVGElement } {
  const { counts, ordered, random, format, width, height } = options
  const svg = svgRoot(document, width, height, options.label)
  const all = [...ordered.values, ...random.flatMap(({ values }) => values)]
  const y = scaleLinear().domain([Math.min(...all), Math.max(...all)]).nice(4).range([height - 34, 22])
  const ticks = y.ticks(4)
  const left = Math.ceil(Math.max(...ticks.map((tick) => textWidth(format(tick), 11)))) + 12
  const right = width - 12
  const x = scaleLinear().domain([0, Math.max(1, counts.at(-1) ?? 1)]).range([left, right])
  for (const tick of ticks) {
    svgElement(svg, 'line', { x1: left, x2: right, y1: y(tick), y2: y(tick), stroke: 'var(--border)' })
    svgElement(svg, 'text', { x: left - 6, y: y(tick) + 4, 'text-anchor': 'end', 'font-size': 11, fill: 'var(--text-faint)' }, format(tick))
  }
  for (const tick of x.ticks(Math.min(8, counts.length)).filter(Number.isInteger)) svgElement(svg, 'text', { x: x(tick), y: height - 18, 'text-anchor': 'middle', 'font-size': 11, fill: 'var(--text-faint)' }, String(tick))
  svgElement(svg, 'text', { x: left, y: 11, 'font-size': 11, fill: 'var(--text-muted)' }, options.valueTitle)
  svgElement(svg, 'text', { x: right, y: height - 4, 'text-anchor': 'end', 'font-size': 11, fill: 'var(--text-muted)' }, options.countTitle)
  const path = linePath<number>().x((_, i) => x(counts[i]!)).y((value) => y(value)).digits(2)
  for (const { values } of random) svgElement(svg, 'path', { d: path([...values]) ?? '', fill: 'none', stroke: 'var(--text-faint)', 'stroke-width': 1.25, 'stroke-dasharray': '3 3', 'data-part': 'random' })
  svgElement(svg, 'path', { d: path([...ordered.values]) ?? '', fill: 'none', stroke: 'var(--accent)', 'stroke-width': 2, 'data-part': 'ordered' })
  ordered.values.forEach((value, i) => {
    const dot = svgElement(svg, 'circle', { cx: x(counts[i]!), cy: y(value), r: 3, fill: 'var(--surface)', stroke: 'var(--accent)', 'stroke-width': 1.5 })
    svgElement(dot, 'title', {}, `${counts[i]} off: ${format(value)}`)
  })
  return { svg }
}
