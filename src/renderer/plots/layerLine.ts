import { scaleLinear } from 'd3-scale'
import { area, line as linePath } from 'd3-shape'
import { drawEndLabels, drawLabelsBelow, legendPlace, type EndLabel } from './endLabels'
import { stateAxisTitle, stateName, windowForm, type DrawnForm } from './figureForm'
import { valueDomain } from './layerScale'
import { markerPath, type MarkerName } from './markers'
import { svgElement, svgRoot, textWidth } from './svg'

/** A share measured at one layer, with the ends of its 95 % interval. */
export interface LayerPoint {
  layer: number
  value: number
  low: number
  high: number
}

/** One measure over the layers, with what it has to be compared with. */
export interface LayerLine {
  id: string
  title: string
  /** Any CSS colour, `var(--…)` included. */
  colour: string
  marker: MarkerName
  /** An SVG dash pattern for the second run of a comparison; null for a solid line. */
  dash: string | null
  points: LayerPoint[]
  /** Drawn thin with the line: the control task. */
  companion: { title: string; points: { layer: number; value: number }[] } | null
  baselines: { id: string; title: string; value: number; dash: string }[]
  /** The line the view is about; the others step back. */
  emphasised: boolean
}

export interface LayerLineOptions {
  width: number
  height: number
  /** Last layer of the model: the axis runs from 0 to it whether or not every layer was measured. */
  lastLayer: number
  selectedLayer: number | null
  valueTitle: string
  /** The axis runs from 0 to 1 rather than where the data are. */
  fullRange: boolean
  format: (value: number) => string
  /** Title of a tick: the hook whose value the layer is. */
  layerTitle: (layer: number) => string
  /** What stands at a tick of another axis than that of layers, and what the axis is. */
  axis?: { tick: (place: number) => string; title: string }
  /** Names no best point: where lines rise along the axis the last one says nothing. */
  withoutPeaks?: boolean
  label: string
  form?: DrawnForm
  /** Makes ids inside the picture unique if a document holds several. */
  id: string
}

export interface LayerLineDrawing {
  svg: SVGSVGElement
  /** Nearest layer to a horizontal position inside the picture. */
  layerAt(x: number): number
  x(layer: number): number
  y(value: number): number
  plot: { left: number; right: number; top: number; bottom: number }
}

const fontSize = 11
const companionDash = '1 3'

/**
 * A value over the layers of a model, one line a task: interval band, markers, the best layer named in place, baselines
 * as dashed lines, titles at the lines' ends in place of a legend.
 */
export function drawLayerLine(
  document: Document,
  lines: readonly LayerLine[],
  options: LayerLineOptions
): LayerLineDrawing {
  const { width, height, lastLayer } = options
  const endTitles = lines.flatMap((line) => [
    line.title,
    line.companion?.title ?? '',
    ...line.baselines.map((baseline) => `${baseline.title} ${options.format(baseline.value)} ↓`)
  ])
  const { place, room: labelRoom } = legendPlace(endTitles, width, 0.36, options.form ?? windowForm)
  const plot = { left: 46, right: width - labelRoom, top: 30, bottom: height - 40 }
  const x = scaleLinear()
    .domain([0, Math.max(1, lastLayer)])
    .range([plot.left + 14, plot.right - 14])
  const { domain, ticks } = valueDomain(lines, options.fullRange, Math.max(3, Math.min(7, Math.floor(height / 45))))
  const y = scaleLinear().domain(domain).range([plot.bottom, plot.top])

  const svg = svgRoot(document, width, height, options.label)
  const clip = svgElement(svgElement(svg, 'defs'), 'clipPath', { id: `${options.id}-plot` })
  svgElement(clip, 'rect', {
    x: plot.left,
    y: plot.top - 8,
    width: plot.right - plot.left,
    height: plot.bottom - plot.top + 8
  })

  drawAxes(svg, { x, y, ticks, plot }, options)
  if (options.selectedLayer !== null && options.selectedLayer <= lastLayer) {
    const at = x(options.selectedLayer)
    svgElement(svg, 'line', {
      x1: at,
      x2: at,
      y1: plot.top - 8,
      y2: plot.bottom,
      stroke: 'var(--accent)',
      'stroke-width': 1.5,
      'data-part': 'selected-layer'
    })
  }

  const inside = svgElement(svg, 'g', { 'clip-path': `url(#${options.id}-plot)` })
  const labels: EndLabel[] = []
  // The line in question is drawn last, over the others.
  const ordered = [...lines].sort((a, b) => Number(a.emphasised) - Number(b.emphasised))
  for (const line of ordered) {
    drawReferences(inside, line, { x, y, plot, domain, format: options.format }, labels)
    drawLine(inside, line, x, y)
    const last = line.points.at(-1)
    if (last)
      labels.push({
        y: y(last.value),
        text: line.title,
        colour: line.colour,
        marker: line.marker,
        dash: line.dash,
        strong: line.emphasised,
        id: line.id
      })
  }
  if (!options.withoutPeaks)
    drawPeaks(svg, ordered, { x, y, plot, format: options.format, selectedLayer: options.selectedLayer })
  if (place === 'end')
    drawEndLabels(svg, labels, { x: plot.right + 8, top: plot.top, bottom: plot.bottom, width: labelRoom - 10 })
  else if (place === 'below') drawLabelsBelow(svg, labels)

  return {
    svg,
    plot,
    x: (layer) => x(layer),
    y: (value) => y(value),
    layerAt: (at) => Math.min(lastLayer, Math.max(0, Math.round(x.invert(at))))
  }
}

type Scale = (value: number) => number
interface Plot {
  left: number
  right: number
  top: number
  bottom: number
}

function drawAxes(
  svg: SVGSVGElement,
  frame: { x: Scale; y: Scale; ticks: number[]; plot: Plot },
  options: LayerLineOptions
): void {
  const { x, y, ticks, plot } = frame
  const axes = svgElement(svg, 'g', { 'aria-hidden': 'true' })
  for (const tick of ticks) {
    svgElement(axes, 'line', {
      x1: plot.left,
      x2: plot.right,
      y1: y(tick),
      y2: y(tick),
      stroke: 'var(--border)',
      'stroke-width': 1
    })
    svgElement(
      axes,
      'text',
      { x: plot.left - 8, y: y(tick) + 3.5, 'text-anchor': 'end', 'font-size': fontSize, fill: 'var(--text-faint)' },
      options.format(tick)
    )
  }
  svgElement(axes, 'text', { x: 0, y: 12, 'font-size': fontSize, fill: 'var(--text-muted)' }, options.valueTitle)
  const { firstNumber } = options.form ?? windowForm
  const tickText = options.axis?.tick ?? ((layer: number) => stateName(firstNumber, layer))
  const widest = Math.max(
    ...Array.from({ length: options.lastLayer + 1 }, (_, place) => textWidth(tickText(place), fontSize))
  )
  const step = Math.max(1, Math.ceil((Math.max(22, widest + 8) * (options.lastLayer + 1)) / (plot.right - plot.left)))
  for (let layer = 0; layer <= options.lastLayer; layer++) {
    const selected = layer === options.selectedLayer
    if (layer % step !== 0 && !selected) continue
    if (selected)
      svgElement(axes, 'rect', {
        x: x(layer) - 10,
        y: plot.bottom + 5,
        width: 20,
        height: 17,
        rx: 4,
        fill: 'var(--accent)'
      })
    const tick = svgElement(
      axes,
      'text',
      {
        x: x(layer),
        y: plot.bottom + 17.5,
        'text-anchor': 'middle',
        'font-size': fontSize,
        'font-weight': selected ? 600 : 400,
        fill: selected ? 'var(--on-accent)' : 'var(--text-muted)'
      },
      tickText(layer)
    )
    svgElement(tick, 'title', {}, options.layerTitle(layer))
  }
  svgElement(
    axes,
    'text',
    {
      x: (plot.left + plot.right) / 2,
      y: plot.bottom + 35,
      'text-anchor': 'middle',
      'font-size': fontSize,
      fill: 'var(--text-muted)'
    },
    options.axis?.title ?? stateAxisTitle(firstNumber)
  )
}

function drawReferences(
  parent: SVGElement,
  line: LayerLine,
  frame: { x: Scale; y: Scale; plot: Plot; domain: [number, number]; format: (value: number) => string },
  labels: EndLabel[]
): void {
  const { x, y, plot, domain, format } = frame
  const add = (value: number, title: string, id: string, dash: string): boolean => {
    const below = value < domain[0]
    if (line.emphasised || !below) {
      labels.push({
        y: below ? plot.bottom : y(value),
        text: below ? `${title} ↓` : title,
        colour: line.colour,
        marker: null,
        dash,
        strong: false,
        id: `${line.id}/${id}`
      })
    }
    return !below
  }
  for (const baseline of line.baselines) {
    if (!add(baseline.value, `${baseline.title} ${format(baseline.value)}`, baseline.id, baseline.dash)) continue
    svgElement(parent, 'line', {
      x1: plot.left,
      x2: plot.right,
      y1: y(baseline.value),
      y2: y(baseline.value),
      stroke: line.colour,
      'stroke-width': 1.25,
      'stroke-dasharray': baseline.dash,
      'stroke-opacity': 0.75,
      'data-baseline': `${line.id}/${baseline.id}`
    })
  }
  const companion = line.companion
  const last = companion?.points.at(-1)
  if (!companion || !last) return
  add(last.value, companion.title, 'companion', companionDash)
  const path = linePath<{ layer: number; value: number }>()
    .x((point) => x(point.layer))
    .y((point) => y(point.value))
    .digits(2)
  svgElement(parent, 'path', {
    d: path(companion.points),
    fill: 'none',
    stroke: line.colour,
    'stroke-width': 1.25,
    'stroke-dasharray': companionDash,
    'stroke-linecap': 'round',
    'data-companion': line.id
  })
  for (const point of companion.points) {
    svgElement(parent, 'circle', {
      cx: x(point.layer),
      cy: y(point.value),
      r: 2,
      fill: 'var(--surface)',
      stroke: line.colour,
      'stroke-width': 1.25
    })
  }
}

function drawLine(parent: SVGElement, line: LayerLine, x: Scale, y: Scale): void {
  const group = svgElement(parent, 'g', { 'data-line': line.id })
  const band = area<LayerPoint>()
    .x((point) => x(point.layer))
    .y0((point) => y(point.low))
    .y1((point) => y(point.high))
    .digits(2)
  const path = linePath<LayerPoint>()
    .x((point) => x(point.layer))
    .y((point) => y(point.value))
    .digits(2)
  svgElement(group, 'path', {
    d: band(line.points),
    fill: line.colour,
    'fill-opacity': line.emphasised ? 0.22 : 0.14,
    'data-part': 'interval'
  })
  svgElement(group, 'path', {
    d: path(line.points),
    fill: 'none',
    stroke: line.colour,
    'stroke-width': line.emphasised ? 2.5 : 1.75,
    'stroke-dasharray': line.dash,
    'stroke-linejoin': 'round',
    'data-part': 'line'
  })
  for (const point of line.points) {
    svgElement(group, 'path', {
      d: markerPath(line.marker, line.emphasised ? 46 : 34),
      transform: `translate(${x(point.layer).toFixed(2)},${y(point.value).toFixed(2)})`,
      fill: line.colour,
      stroke: 'var(--surface)',
      'stroke-width': 1,
      'data-layer': point.layer
    })
  }
}

function drawPeaks(
  parent: SVGElement,
  lines: readonly LayerLine[],
  frame: { x: Scale; y: Scale; plot: Plot; format: (value: number) => string; selectedLayer: number | null }
): void {
  const { x, y, plot, format, selectedLayer } = frame
  const written: { x: number; y: number; half: number }[] = []
  const peaks = lines.flatMap((line) => {
    const peak = peakOf(line.points)
    // The second run of a comparison runs close to the first: its peak would be written over it.
    return peak && !line.dash ? [{ line, peak, x: x(peak.layer), y: y(peak.value) }] : []
  })
  for (const { line, peak, ...at } of peaks.sort((a, b) => a.y - b.y)) {
    svgElement(parent, 'circle', {
      cx: at.x,
      cy: at.y,
      r: 7,
      fill: 'none',
      stroke: line.colour,
      'stroke-width': 1.5,
      'data-peak': line.id
    })
    const text = format(peak.value)
    const half = textWidth(text, 12) / 2
    // Beside the line of the selected layer, which would strike it through.
    const shift = peak.layer === selectedLayer ? (at.x + 2 * half + 8 < plot.right ? half + 7 : -half - 7) : 0
    const place = {
      x: Math.min(plot.right - half, Math.max(plot.left + half, at.x + shift)),
      y: Math.max(plot.top - 4, at.y - 12),
      half
    }
    // Below its point if another task's figure is above.
    if (written.some((other) => Math.abs(other.x - place.x) < other.half + half && Math.abs(other.y - place.y) < 14))
      place.y = at.y + 21
    written.push(place)
    svgElement(
      parent,
      'text',
      {
        x: place.x,
        y: place.y,
        'text-anchor': 'middle',
        'font-size': 12,
        'font-weight': line.emphasised ? 650 : 500,
        fill: 'var(--text)',
        stroke: 'var(--surface)',
        'stroke-width': 3,
        'paint-order': 'stroke',
        'stroke-linejoin': 'round',
        'data-peak-value': line.id
      },
      text
    )
  }
}

/** The highest point; the lowest layer of several equal ones. */
export function peakOf(points: readonly LayerPoint[]): LayerPoint | null {
  return points.reduce<LayerPoint | null>(
    (best, point) => (best === null || point.value > best.value ? point : best),
    null
  )
}
