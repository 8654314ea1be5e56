import { scaleLinear, scaleLog } from 'd3-scale'
import { line as linePath } from 'd3-shape'
import type { Interval } from '@shared/probe'
import { percent } from './format'
import { svgElement, svgRoot, textWidth } from './svg'

/** A line over the updates of a run. */
export interface StepLine {
  title: string
  /** Any CSS colour, `var(--…)` included. */
  colour: string
  points: readonly { step: number; value: number; interval?: Interval }[]
  /** Drawn with a mark at each point: what is measured now and then. */
  marked: boolean
}

export interface StepLinesOptions {
  width: number
  height: number
  lines: readonly StepLine[]
  /** The axis runs to it, also while a run has not come so far. */
  lastStep: number
  valueTitle: string
  /** Whether values are shares, written as percent. */
  share?: boolean
  /** What the axis counts; updates when left out. */
  unit?: string
  /** Values over several powers of ten. */
  logarithmic?: boolean
  label: string
}

const top = 22
const bottom = 34

/** Lines over the updates of a run: losses, scores, norms. */
export function drawStepLines(document: Document, options: StepLinesOptions): { svg: SVGSVGElement } {
  const {
    width,
    height,
    lines,
    lastStep,
    valueTitle,
    share = false,
    logarithmic = false,
    unit = 'updates',
    label
  } = options
  const svg = svgRoot(document, width, height, label)
  const values = lines
    .flatMap(({ points }) => points.flatMap(({ value, interval }) => [value, ...(interval ?? [])]))
    .filter((value) => Number.isFinite(value) && (!logarithmic || value > 0))
  if (values.length === 0) return { svg }
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const room = high > low ? (high - low) * 0.06 : Math.abs(high) * 0.1 || 1
  const y = (
    logarithmic ? scaleLog().domain([low / 1.2, high * 1.2]) : scaleLinear().domain([low - room, high + room])
  ).range([height - bottom, top])
  const wanted = Math.max(2, Math.floor(height / 48))
  const all = y.ticks(wanted)
  // Of a logarithmic axis, powers of ten where there are enough, otherwise a few of all.
  const powers = all.filter((tick) => Math.abs(Math.log10(tick) - Math.round(Math.log10(tick))) < 1e-9)
  const every = Math.ceil(all.length / wanted)
  const ticks = !logarithmic ? all : powers.length > 1 ? powers : all.filter((_, i) => i % every === 0)
  // As many decimals as keep neighbouring ticks apart.
  const step = (ticks.length > 1 ? Math.abs(ticks[1]! - ticks[0]!) : 1) * (share ? 100 : 1)
  const decimals = Math.max(0, Math.ceil(-Math.log10(step)))
  const write = (tick: number): string =>
    logarithmic ? String(Number(tick.toPrecision(1))) : share ? percent(tick, decimals) : tick.toFixed(decimals)
  const left = Math.max(...ticks.map((tick) => textWidth(write(tick), 11))) + 10
  const right = width - Math.max(...lines.map(({ title }) => textWidth(title, 11))) - 14
  const x = scaleLinear()
    .domain([0, Math.max(1, lastStep)])
    .range([left, right])
  const text = { 'font-size': 11, fill: 'var(--text-muted)' }
  svgElement(svg, 'text', { x: 0, y: 11, ...text }, valueTitle)
  for (const tick of ticks) {
    svgElement(svg, 'line', { x1: left, x2: right, y1: y(tick), y2: y(tick), stroke: 'var(--border)' })
    svgElement(svg, 'text', { x: left - 6, y: y(tick) + 4, 'text-anchor': 'end', ...text }, write(tick))
  }
  for (const tick of x.ticks(Math.max(2, Math.floor((right - left) / 90))).filter(Number.isInteger))
    svgElement(svg, 'text', { x: x(tick), y: height - 18, 'text-anchor': 'middle', ...text }, tick.toLocaleString('en'))
  svgElement(svg, 'text', { x: right, y: height - 4, 'text-anchor': 'end', ...text }, unit)
  const ends: { y: number; line: StepLine }[] = []
  for (const line of lines) {
    const shown = line.points.filter(({ value }) => Number.isFinite(value) && (!logarithmic || value > 0))
    if (shown.length === 0) continue
    const path = linePath<{ step: number; value: number }>(
      ({ step }) => x(step),
      ({ value }) => y(value)
    )
    svgElement(svg, 'path', {
      d: path([...shown]),
      fill: 'none',
      stroke: line.colour,
      'stroke-width': line.marked ? 2 : 1.2,
      'stroke-opacity': line.marked ? 1 : 0.75
    })
    if (line.marked)
      for (const { step, value, interval } of shown) {
        svgElement(svg, 'circle', { cx: x(step), cy: y(value), r: 3, fill: line.colour })
        if (interval) {
          const [y1, y2] = interval.map((end) => y(end)) as [number, number]
          svgElement(svg, 'line', { x1: x(step), x2: x(step), y1, y2, stroke: line.colour, 'stroke-width': 1.2 })
        }
      }
    ends.push({ y: y(shown.at(-1)!.value), line })
  }
  let below = Infinity
  for (const { y: wanted, line } of ends.sort((a, b) => b.y - a.y)) {
    below = Math.min(wanted, below - 13)
    svgElement(svg, 'text', { x: right + 6, y: below + 4, 'font-size': 11, fill: line.colour }, line.title)
  }
  return { svg }
}
