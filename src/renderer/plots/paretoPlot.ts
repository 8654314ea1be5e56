import { scaleLinear } from 'd3-scale'
import type { ParetoPoint } from '@shared/pareto'
import { paretoFront } from '@shared/pareto'
import { drawLabelsBelow } from './endLabels'
import { windowForm, type DrawnForm } from './figureForm'
import { svgElement, svgRoot, textWidth } from './svg'

/** Probes of one representation. */
export interface ParetoSeries {
  id: string
  title: string
  colour: string
  dash: string | null
  emphasised: boolean
  points: readonly ParetoPoint[]
}

export interface ParetoPlotOptions {
  width: number
  height: number
  format: (value: number) => string
  label: string
  form?: DrawnForm
}

export interface ParetoPlotDrawing {
  svg: SVGSVGElement
  /** The series with the nearest point, and how far it is. */
  nearest(x: number, y: number): { id: string; distance: number } | null
}

const fontSize = 11

/** Accuracy against complexity: all probes as dots, and of each representation its front as steps. */
export function drawParetoPlot(
  document: Document,
  series: readonly ParetoSeries[],
  { width, height, format, label, form = windowForm }: ParetoPlotOptions
): ParetoPlotDrawing {
  const svg = svgRoot(document, width, height, label)
  const all = series.flatMap(({ points }) => points)
  const lowest = Math.min(1, ...all.map(({ accuracy }) => accuracy))
  const y = scaleLinear()
    .domain([lowest, Math.max(lowest + 0.01, ...all.map(({ accuracy }) => accuracy))])
    .nice(5)
    .range([height - 40, 28])
  const ticks = y.ticks(5)
  const left = Math.ceil(Math.max(...ticks.map((tick) => textWidth(format(tick), fontSize)))) + 14
  // Half of the last label is beyond it.
  const right = width - 24
  const x = scaleLinear()
    .domain([Math.min(1, ...all.map(({ complexity }) => complexity)), 1])
    .nice(5)
    .range([left, right])
  const muted = { 'font-size': fontSize, fill: 'var(--text-muted)' }
  svgElement(svg, 'text', { x: 0, y: 12, ...muted }, 'Accuracy')
  svgElement(
    svg,
    'text',
    { x: right, y: height - 4, 'text-anchor': 'end', ...muted },
    'Complexity: shuffled labels learnt by heart'
  )
  for (const tick of ticks) {
    svgElement(svg, 'line', { x1: left, x2: right, y1: y(tick), y2: y(tick), stroke: 'var(--border)' })
    svgElement(svg, 'text', { x: left - 8, y: y(tick) + 3.5, 'text-anchor': 'end', ...muted }, format(tick))
  }
  for (const tick of x.ticks(5))
    svgElement(svg, 'text', { x: x(tick), y: height - 22, 'text-anchor': 'middle', ...muted }, format(tick))
  for (const { id, colour, dash, emphasised, points } of [...series].sort(
    (a, b) => Number(a.emphasised) - Number(b.emphasised)
  )) {
    const group = svgElement(svg, 'g', { 'data-series': id })
    const front = paretoFront(points)
    const steps = front.map(
      (point, i) =>
        `${i === 0 ? 'M' : 'H'}${x(point.complexity)}${i === 0 ? `,${y(point.accuracy)}` : ''}` +
        `V${y(point.accuracy)}`
    )
    svgElement(group, 'path', {
      d: `${steps.join('')}H${right}`,
      fill: 'none',
      stroke: colour,
      'stroke-width': emphasised ? 2.2 : 1.4,
      ...(dash ? { 'stroke-dasharray': dash } : {})
    })
    for (const point of points)
      svgElement(group, 'circle', {
        cx: x(point.complexity),
        cy: y(point.accuracy),
        r: emphasised ? 3.5 : 2.5,
        fill: front.includes(point) ? colour : 'var(--surface)',
        stroke: colour
      })
  }
  if (form.paper && form.legend)
    drawLabelsBelow(
      svg,
      series.map(({ id, title, colour, dash, emphasised }) => ({
        id,
        text: title,
        y: 0,
        colour,
        marker: 'circle',
        dash,
        strong: emphasised
      }))
    )
  return {
    svg,
    nearest(atX, atY) {
      const distances = series.flatMap(({ id, points }) =>
        points.map((point) => ({ id, distance: Math.hypot(x(point.complexity) - atX, y(point.accuracy) - atY) }))
      )
      return distances.sort((a, b) => a.distance - b.distance)[0] ?? null
    }
  }
}
