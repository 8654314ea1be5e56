import { scaleLinear } from 'd3-scale'
import { line as linePath } from 'd3-shape'
import { stateName, type DrawnForm } from './figureForm'
import { svgElement, svgRoot, textWidth } from './svg'

export interface ClassLine {
  label: string
  support: number
  points: { layer: number; value: number }[]
}

export interface ClassLinesOptions {
  width: number
  lastLayer: number
  selectedLayer: number | null
  selectedClass: string | null
  colour: string
  format: (value: number) => string
  count: (value: number) => string
  label: string
  form?: DrawnForm
  /** Narrowest a panel may be. */
  panelWidth?: number
}

export interface ClassLinesDrawing {
  svg: SVGSVGElement
  /** The class and layer under a position; null between panels. */
  at(x: number, y: number): { label: string; layer: number } | null
}

const panelHeight = 88
const gap = { x: 14, y: 14 }

/**
 * F1 over the layers, one small panel a class on shared axes, the mean of all classes shown behind each: where a class
 * rises or falls against the rest is seen without a legend.
 */
export function drawClassLines(
  document: Document,
  classes: readonly ClassLine[],
  mean: ClassLine['points'],
  options: ClassLinesOptions
): ClassLinesDrawing {
  const columns = Math.max(1, Math.floor((options.width + gap.x) / ((options.panelWidth ?? 148) + gap.x)))
  const panelWidth = (options.width - gap.x * (columns - 1)) / columns
  const rows = Math.ceil(classes.length / columns)
  const svg = svgRoot(document, options.width, Math.max(1, rows * (panelHeight + gap.y) + 6), options.label)
  const x = scaleLinear()
    .domain([0, Math.max(1, options.lastLayer)])
    .range([4, panelWidth - 4])
  const lowest = Math.min(
    0.8,
    ...classes.flatMap((one) => one.points.map((point) => point.value)),
    ...mean.map((point) => point.value)
  )
  const domain = [Math.max(0, Math.floor(lowest * 10) / 10), 1] as const
  const y = scaleLinear()
    .domain(domain)
    .range([panelHeight - 14, 24])
  const levels = [domain[0], (domain[0] + 1) / 2, 1]
  const path = linePath<{ layer: number; value: number }>()
    .x((point) => x(point.layer))
    .y((point) => y(point.value))
    .digits(2)

  classes.forEach((one, index) => {
    const left = (index % columns) * (panelWidth + gap.x)
    const top = Math.floor(index / columns) * (panelHeight + gap.y)
    const panel = svgElement(svg, 'g', {
      transform: `translate(${left.toFixed(2)},${top.toFixed(2)})`,
      'data-class': one.label
    })
    const chosen = one.label === options.selectedClass
    if (chosen)
      svgElement(panel, 'rect', {
        x: -5,
        y: -2,
        width: panelWidth + 10,
        height: panelHeight + 8,
        rx: 6,
        fill: 'var(--accent-soft)'
      })
    for (const level of levels) {
      svgElement(panel, 'line', {
        x1: 0,
        x2: panelWidth,
        y1: y(level),
        y2: y(level),
        stroke: 'var(--border)',
        'stroke-width': 1,
        'stroke-dasharray': level === levels[1] ? '2 3' : null
      })
    }
    if (index % columns === 0) {
      for (const level of domain) {
        // Inside the panel: above it is the class's name.
        const baseline = y(level) + (level === domain[1] ? 10 : -3)
        svgElement(
          panel,
          'text',
          { x: 0, y: baseline, 'font-size': 9.5, fill: 'var(--text-faint)', 'data-part': 'axis' },
          level.toFixed(1)
        )
      }
    }
    drawHeading(panel, one, panelWidth, options)
    if (options.selectedLayer !== null) {
      svgElement(panel, 'line', {
        x1: x(options.selectedLayer),
        x2: x(options.selectedLayer),
        y1: y(1),
        y2: y(domain[0]),
        stroke: 'var(--accent)',
        'stroke-width': 1.25
      })
    }
    svgElement(panel, 'path', {
      d: path(mean) ?? '',
      fill: 'none',
      stroke: 'var(--text-faint)',
      'stroke-width': 1,
      'stroke-dasharray': '2 2',
      'data-part': 'mean'
    })
    svgElement(panel, 'path', {
      d: path(one.points) ?? '',
      fill: 'none',
      stroke: options.colour,
      'stroke-width': 2,
      'stroke-linejoin': 'round',
      'data-part': 'line'
    })
    const best = one.points.reduce<ClassLine['points'][number] | null>(
      (top, point) => (top === null || point.value > top.value ? point : top),
      null
    )
    if (best) {
      svgElement(panel, 'circle', {
        cx: x(best.layer),
        cy: y(best.value),
        r: 3,
        fill: 'var(--surface)',
        stroke: options.colour,
        'stroke-width': 1.75,
        'data-peak': best.layer
      })
      svgElement(
        panel,
        'text',
        {
          x: x(best.layer),
          y: panelHeight - 2,
          'text-anchor': anchor(best.layer, options.lastLayer),
          'font-size': 9.5,
          fill: 'var(--text-faint)'
        },
        stateName(options.form?.firstNumber ?? 1, best.layer)
      )
    }
  })
  return {
    svg,
    at: (px, py) => {
      const column = Math.floor(px / (panelWidth + gap.x))
      const one = classes[Math.floor(py / (panelHeight + gap.y)) * columns + column]
      if (!one || column >= columns || px < 0 || py < 0) return null
      const layer = Math.round(x.invert(px - column * (panelWidth + gap.x)))
      return { label: one.label, layer: Math.min(options.lastLayer, Math.max(0, layer)) }
    }
  }
}

function drawHeading(panel: SVGElement, one: ClassLine, panelWidth: number, options: ClassLinesOptions): void {
  const value = one.points.find((point) => point.layer === options.selectedLayer)?.value
  const figures = `${value === undefined ? '' : `${options.format(value)} · `}n ${options.count(one.support)}`
  const room = Math.max(3, Math.floor((panelWidth - textWidth(figures, 10) - 8) / 6.6))
  const title = svgElement(
    panel,
    'text',
    { x: 0, y: 14, 'font-size': 11, 'font-weight': 600, fill: 'var(--text)' },
    one.label.length > room ? `${one.label.slice(0, room - 1)}…` : one.label
  )
  svgElement(title, 'title', {}, one.label)
  svgElement(
    panel,
    'text',
    { x: panelWidth, y: 14, 'text-anchor': 'end', 'font-size': 10, fill: 'var(--text-faint)' },
    figures
  )
}

function anchor(layer: number, lastLayer: number): string {
  return layer === 0 ? 'start' : layer === lastLayer ? 'end' : 'middle'
}
