import { scaleLinear } from 'd3-scale'
import { area, line as linePath } from 'd3-shape'
import { drawEndLabels, drawLabelsBelow, legendPlace, type EndLabel } from './endLabels'
import { stateName, windowForm, type DrawnForm } from './figureForm'
import { peakOf, type LayerPoint } from './layerLine'
import { valueDomain } from './layerScale'
import { markerPath, type MarkerName } from './markers'
import { svgElement, svgRoot, textWidth } from './svg'

/** One measure over the layers of one model. */
export interface DepthLine {
  id: string
  title: string
  colour: string
  marker: MarkerName
  /** Blocks of the model: layer 0 is at depth 0, layer `layers` at depth 1. A model without blocks is a level line. */
  layers: number
  points: LayerPoint[]
  emphasised: boolean
}

/** What all models are held against, drawn once. */
export interface DepthReference {
  id: string
  title: string
  value: number
  dash: string
}

export type DepthAxis = 'relative' | 'absolute'

export interface DepthLinesOptions {
  width: number
  height: number
  axis: DepthAxis
  /** Each score is of a mix of all layers up to it. */
  ofMixes?: boolean
  /** The layer chosen in the window, and whose layer it is. */
  selected: { id: string; layer: number } | null
  valueTitle: string
  fullRange: boolean
  format: (value: number) => string
  label: string
  form?: DrawnForm
  /** Makes ids inside the picture unique if a document holds several. */
  id: string
}

export interface DepthHit {
  id: string
  layer: number
  x: number
  y: number
}

export interface DepthLinesDrawing {
  svg: SVGSVGElement
  plot: { left: number; right: number; top: number; bottom: number }
  /** For a horizontal position the nearest measured layer of every line. */
  layersAt(x: number): Map<string, number>
  /** The point nearest to a position, if one is near enough to be meant. */
  hit(x: number, y: number): DepthHit | null
}

const fontSize = 11
const nearEnough = 22

/**
 * Layer curves of several models over depth: interval bands, markers, each best layer named in place, references as
 * dashed lines.
 */
export function drawDepthLines(
  document: Document,
  lines: readonly DepthLine[],
  references: readonly DepthReference[],
  options: DepthLinesOptions
): DepthLinesDrawing {
  const { width, height, axis } = options
  const titles = [
    ...lines.map((line) => line.title),
    ...references.map((reference) => `${reference.title} ${options.format(reference.value)} ↓`)
  ]
  const { place, room: labelRoom } = legendPlace(titles, width, 0.34, options.form ?? windowForm)
  const plot = { left: 46, right: width - labelRoom, top: 30, bottom: height - 40 }
  const deepest = Math.max(1, ...lines.map((line) => line.layers))
  const scale = scaleLinear()
    .domain([0, axis === 'relative' ? 1 : deepest])
    .range([plot.left + 14, plot.right - 14])
  const x = (line: DepthLine, layer: number): number =>
    scale(axis === 'relative' ? layer / Math.max(1, line.layers) : layer)
  const baselines = references.map((reference) => ({ ...reference }))
  const { domain, ticks } = valueDomain(
    lines.map((line, index) => ({ ...line, dash: null, companion: null, baselines: index === 0 ? baselines : [] })),
    options.fullRange,
    Math.max(3, Math.min(7, Math.floor(height / 45)))
  )
  const y = scaleLinear().domain(domain).range([plot.bottom, plot.top])

  const svg = svgRoot(document, width, height, options.label)
  const clip = svgElement(svgElement(svg, 'defs'), 'clipPath', { id: `${options.id}-plot` })
  svgElement(clip, 'rect', {
    x: plot.left,
    y: plot.top - 8,
    width: plot.right - plot.left,
    height: plot.bottom - plot.top + 8
  })
  drawAxes(svg, { scale, y, ticks, plot, deepest }, options)

  const inside = svgElement(svg, 'g', { 'clip-path': `url(#${options.id}-plot)` })
  const labels: EndLabel[] = references.map((reference) => {
    const below = reference.value < domain[0]
    if (!below) {
      svgElement(inside, 'line', {
        x1: plot.left,
        x2: plot.right,
        y1: y(reference.value),
        y2: y(reference.value),
        stroke: 'var(--text-muted)',
        'stroke-width': 1.25,
        'stroke-dasharray': reference.dash,
        'data-reference': reference.id
      })
    }
    const text = `${reference.title} ${options.format(reference.value)}`
    return {
      id: reference.id,
      y: below ? plot.bottom : y(reference.value),
      text: below ? `${text} ↓` : text,
      colour: 'var(--text-muted)',
      marker: null,
      dash: reference.dash,
      strong: false
    }
  })
  const ordered = [...lines].sort((a, b) => Number(a.emphasised) - Number(b.emphasised))
  for (const line of ordered) {
    drawLine(inside, line, (layer) => x(line, layer), y, plot)
    const last = line.points.at(-1)
    if (last)
      labels.push({
        id: line.id,
        y: y(last.value),
        text: line.title,
        colour: line.colour,
        marker: line.marker,
        dash: null,
        strong: line.emphasised
      })
  }
  const hits = lines.flatMap((line) =>
    line.points.map((point) => ({ id: line.id, layer: point.layer, x: x(line, point.layer), y: y(point.value) }))
  )
  const chosen = hits.find((hit) => hit.id === options.selected?.id && hit.layer === options.selected.layer)
  if (chosen)
    svgElement(svg, 'circle', {
      cx: chosen.x,
      cy: chosen.y,
      r: 10,
      fill: 'none',
      stroke: 'var(--accent)',
      'stroke-width': 2,
      'data-part': 'selected'
    })
  drawPeaks(svg, ordered, { x, y, plot, format: options.format, selected: options.selected })
  if (place === 'end')
    drawEndLabels(svg, labels, { x: plot.right + 8, top: plot.top, bottom: plot.bottom, width: labelRoom - 10 })
  else if (place === 'below') drawLabelsBelow(svg, labels)

  return {
    svg,
    plot,
    layersAt: (at) =>
      new Map(
        lines.flatMap((line) => {
          const nearest = line.points.reduce<LayerPoint | null>(
            (best, point) =>
              best === null || Math.abs(x(line, point.layer) - at) < Math.abs(x(line, best.layer) - at) ? point : best,
            null
          )
          return nearest ? [[line.id, nearest.layer]] : []
        })
      ),
    hit: (atX, atY) => {
      const distance = (hit: DepthHit): number => Math.hypot(hit.x - atX, hit.y - atY)
      const nearest = hits.reduce<DepthHit | null>(
        (best, hit) => (best === null || distance(hit) < distance(best) ? hit : best),
        null
      )
      return nearest && distance(nearest) <= nearEnough ? nearest : null
    }
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
  frame: { scale: Scale; y: Scale; ticks: number[]; plot: Plot; deepest: number },
  options: DepthLinesOptions
): void {
  const { scale, y, ticks, plot, deepest } = frame
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
  const relative = options.axis === 'relative'
  const { firstNumber } = options.form ?? windowForm
  const step = Math.max(1, Math.ceil((22 * (deepest + 1)) / (plot.right - plot.left)))
  const marks = relative
    ? [0, 0.25, 0.5, 0.75, 1]
    : Array.from({ length: Math.floor(deepest / step) + 1 }, (_, i) => i * step)
  for (const mark of marks) {
    svgElement(axes, 'line', {
      x1: scale(mark),
      x2: scale(mark),
      y1: plot.bottom,
      y2: plot.bottom + 4,
      stroke: 'var(--border-strong)'
    })
    svgElement(
      axes,
      'text',
      {
        x: scale(mark),
        y: plot.bottom + 17.5,
        'text-anchor': 'middle',
        'font-size': fontSize,
        fill: 'var(--text-muted)'
      },
      relative ? String(mark) : stateName(firstNumber, mark)
    )
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
    depthTitle(options)
  )
}

function depthTitle({ axis, ofMixes = false, form = windowForm }: DepthLinesOptions): string {
  const layer = ofMixes ? 'last layer of the mix' : 'layer'
  return axis === 'relative'
    ? `relative depth: ${layer} / layers (0 is the embedding output)`
    : `${layer} (${stateName(form.firstNumber, 0)} is the embedding output)`
}

function drawLine(parent: SVGElement, line: DepthLine, x: Scale, y: Scale, plot: Plot): void {
  const group = svgElement(parent, 'g', { 'data-line': line.id })
  const only = line.points.length === 1 ? line.points[0] : undefined
  // One layer alone has no curve: a horizontal line represents it.
  const ends = only
    ? [
        { ...only, at: plot.left },
        { ...only, at: plot.right }
      ]
    : line.points.map((point) => ({ ...point, at: x(point.layer) }))
  type Placed = LayerPoint & { at: number }
  const band = area<Placed>()
    .x((point) => point.at)
    .y0((point) => y(point.low))
    .y1((point) => y(point.high))
    .digits(2)
  const path = linePath<Placed>()
    .x((point) => point.at)
    .y((point) => y(point.value))
    .digits(2)
  svgElement(group, 'path', {
    d: band(ends),
    fill: line.colour,
    'fill-opacity': line.emphasised ? 0.22 : 0.16,
    'data-part': 'interval'
  })
  svgElement(group, 'path', {
    d: path(ends),
    fill: 'none',
    stroke: line.colour,
    'stroke-width': line.emphasised ? 2.5 : 2,
    'stroke-linejoin': 'round',
    'data-part': 'line'
  })
  for (const point of line.points) {
    svgElement(group, 'path', {
      d: markerPath(line.marker, 46),
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
  lines: readonly DepthLine[],
  frame: {
    x: (line: DepthLine, layer: number) => number
    y: Scale
    plot: Plot
    format: (value: number) => string
    selected: DepthLinesOptions['selected']
  }
): void {
  const written: { x: number; y: number; half: number }[] = []
  const peaks = lines.flatMap((line) => {
    const peak = peakOf(line.points)
    return peak ? [{ line, peak, x: frame.x(line, peak.layer), y: frame.y(peak.value) }] : []
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
    const text = frame.format(peak.value)
    const half = textWidth(text, 12) / 2
    const ringed = line.id === frame.selected?.id && peak.layer === frame.selected.layer
    const place = {
      x: Math.min(frame.plot.right - half, Math.max(frame.plot.left + half, at.x)),
      y: Math.max(frame.plot.top - 4, at.y - (ringed ? 15 : 12)),
      half
    }
    const taken = (): boolean =>
      written.some((other) => Math.abs(other.x - place.x) < other.half + half && Math.abs(other.y - place.y) < 14)
    // Below its point if another model's figure is above.
    if (taken()) place.y = at.y + 21
    while (taken()) place.y += 14
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
