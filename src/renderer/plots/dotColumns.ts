import { scaleLinear } from 'd3-scale'
import { svgElement, svgRoot, textWidth } from './svg'

/** Scores of the restarts of one way to train. */
export interface DotColumn {
  title: string
  values: readonly number[]
}

export interface DotColumnsOptions {
  columns: readonly DotColumn[]
  /** Scores at or below it are degenerate, and are marked. */
  floor: number
  floorTitle: string
  width: number
  height: number
  valueTitle: string
  format: (value: number) => string
  label: string
}

const [top, bottom] = [22, 38]

/** Scores of restarts as dots in columns, with means; degenerate ones are crosses (Phang et al. 2018, figure 1). */
export function drawDotColumns(document: Document, options: DotColumnsOptions): { svg: SVGSVGElement } {
  const { columns, floor, floorTitle, width, height, valueTitle, format, label } = options
  const svg = svgRoot(document, width, height, label)
  const values = [...columns.flatMap((column) => column.values), floor]
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const room = (high - low || 0.1) * 0.08
  const y = scaleLinear()
    .domain([low - room, high + room])
    .range([height - bottom, top])
  const text = { 'font-size': 11, fill: 'var(--text-muted)' }
  const ticks = y.ticks(5)
  const left = Math.max(...ticks.map((tick) => textWidth(format(tick), 11))) + 12
  svgElement(svg, 'text', { x: 0, y: 11, ...text }, valueTitle)
  for (const tick of ticks) {
    svgElement(svg, 'line', { x1: left, x2: width, y1: y(tick), y2: y(tick), stroke: 'var(--border)' })
    svgElement(svg, 'text', { x: left - 6, y: y(tick) + 4, 'text-anchor': 'end', ...text }, format(tick))
  }
  const dashed = { stroke: 'var(--text-faint)', 'stroke-dasharray': '4 3' }
  svgElement(svg, 'line', { x1: left, x2: width, y1: y(floor), y2: y(floor), ...dashed })
  svgElement(svg, 'text', { x: width - 2, y: y(floor) - 4, 'text-anchor': 'end', ...text }, floorTitle)
  const band = (width - left) / columns.length
  columns.forEach(({ title, values: scores }, c) => {
    const middle = left + (c + 0.5) * band
    scores.forEach((score, i) => {
      // Spread by the order of the restarts: nothing is drawn at random.
      const x = middle + ((i % 5) - 2) * Math.min(9, band / 8)
      if (score <= floor)
        svgElement(svg, 'path', {
          d: `M${x - 3},${y(score) - 3}l6,6m0,-6l-6,6`,
          stroke: 'var(--error)',
          'stroke-width': 1.6
        })
      else svgElement(svg, 'circle', { cx: x, cy: y(score), r: 3, fill: 'var(--accent)', 'fill-opacity': 0.75 })
    })
    const mean = scores.reduce((sum, score) => sum + score, 0) / Math.max(1, scores.length)
    if (scores.length > 0)
      svgElement(svg, 'line', {
        x1: middle - band * 0.3,
        x2: middle + band * 0.3,
        y1: y(mean),
        y2: y(mean),
        stroke: 'var(--text)',
        'stroke-width': 1.5
      })
    const failed = scores.filter((score) => score <= floor).length
    svgElement(svg, 'text', { x: middle, y: height - 20, 'text-anchor': 'middle', ...text }, title)
    svgElement(
      svg,
      'text',
      { x: middle, y: height - 6, 'text-anchor': 'middle', ...text },
      `${scores.length} runs, ${failed} degenerate`
    )
  })
  return { svg }
}
