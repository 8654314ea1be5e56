import { scaleLinear } from 'd3-scale'
import { round, svgElement, svgRoot, textWidth } from './svg'

export interface PredictedAndTrueOptions {
  predicted: ArrayLike<number>
  truth: ArrayLike<number>
  trueTitle: string
  predictedTitle: string
  width: number
  height: number
  label: string
}

export interface PredictedAndTrueDrawing {
  svg: SVGSVGElement
  /** The point nearest to a place in the picture; null where none is near. */
  pointAt(x: number, y: number): number | null
  /** Puts a ring around a point; null takes it away. */
  mark(point: number | null): void
}

const fontSize = 11
/** With no more distinct true numbers than this, points are spread sideways so that they do not overlap. */
const fewNumbers = 40
/** Points of one path: those of different paths show through one another. */
const pathPoints = 64
/** Farthest that a point is hovered from, in pixels. */
const reach = 12

/** Predicted values (up) over true ones (right), with the line where both are equal. */
export function drawPredictedAndTrue(
  document: Document,
  { predicted, truth, width, height, ...options }: PredictedAndTrueOptions
): PredictedAndTrueDrawing {
  const svg = svgRoot(document, width, height, options.label)
  const bottom = height - 34
  const top = 22
  const y = scaleLinear().domain(extent(predicted, truth)).nice(5).range([bottom, top])
  const left = Math.ceil(Math.max(...y.ticks(5).map((tick) => textWidth(String(tick), fontSize)))) + 12
  const right = width - 10
  const distinct = [...new Set(Array.from(truth))].sort((a, b) => a - b)
  const spread =
    distinct.length <= fewNumbers
      ? 0.35 * Math.min(...distinct.slice(1).map((value, i) => value - distinct[i]!), Number.MAX_VALUE)
      : 0
  const [lowest, highest] = extent(truth)
  const x = scaleLinear()
    .domain([lowest - Math.min(spread, 1), highest + Math.min(spread, 1)])
    .nice(10)
    .range([left, right])
  for (const tick of y.ticks(5)) {
    svgElement(svg, 'line', { x1: left, x2: right, y1: y(tick), y2: y(tick), stroke: 'var(--border)' })
    svgElement(
      svg,
      'text',
      { x: left - 6, y: y(tick) + 4, 'text-anchor': 'end', 'font-size': fontSize, fill: 'var(--text-faint)' },
      String(tick).replace('-', '−')
    )
  }
  for (const tick of x.ticks(6))
    svgElement(
      svg,
      'text',
      { x: x(tick), y: bottom + 15, 'text-anchor': 'middle', 'font-size': fontSize, fill: 'var(--text-faint)' },
      String(tick).replace('-', '−')
    )
  svgElement(svg, 'text', { x: 0, y: 11, 'font-size': fontSize, fill: 'var(--text-muted)' }, options.predictedTitle)
  svgElement(
    svg,
    'text',
    { x: right, y: height - 4, 'text-anchor': 'end', 'font-size': fontSize, fill: 'var(--text-muted)' },
    options.trueTitle
  )

  const places = Array.from(predicted, (value, i) => ({
    x: round(x(truth[i]! + (spread > 0 ? aside(i) * Math.min(spread, 1) : 0))),
    y: round(y(value))
  }))
  const opacity = Math.min(0.8, Math.max(0.15, 12 / Math.sqrt(places.length)))
  for (let from = 0; from < places.length; from += pathPoints) {
    // A line of no length with round ends is a dot.
    const d = places
      .slice(from, from + pathPoints)
      .map((place) => `M${place.x} ${place.y}h0`)
      .join('')
    svgElement(svg, 'path', {
      d,
      stroke: 'var(--accent)',
      'stroke-width': 4,
      'stroke-linecap': 'round',
      'stroke-opacity': opacity,
      fill: 'none',
      'data-part': 'points'
    })
  }
  const [from, to] = [Math.max(x.domain()[0]!, y.domain()[0]!), Math.min(x.domain()[1]!, y.domain()[1]!)]
  if (to > from)
    svgElement(svg, 'line', {
      x1: x(from),
      y1: y(from),
      x2: x(to),
      y2: y(to),
      stroke: 'var(--text)',
      'stroke-width': 1.25,
      'stroke-dasharray': '5 4',
      'data-part': 'equal'
    })
  const ring = svgElement(document, 'circle', {
    r: 5,
    fill: 'none',
    stroke: 'var(--mark)',
    'stroke-width': 2,
    'data-part': 'marked'
  })
  return {
    svg,
    mark(point) {
      const place = point === null ? undefined : places[point]
      if (!place) {
        ring.remove()
        return
      }
      ring.setAttribute('cx', String(place.x))
      ring.setAttribute('cy', String(place.y))
      svg.append(ring)
    },
    pointAt(atX, atY) {
      let nearest: number | null = null
      let least = reach ** 2
      places.forEach((one, i) => {
        const distance = (one.x - atX) ** 2 + (one.y - atY) ** 2
        if (distance < least) [nearest, least] = [i, distance]
      })
      return nearest
    }
  }
}

function extent(...lists: readonly ArrayLike<number>[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const list of lists)
    for (let i = 0; i < list.length; i++) {
      low = Math.min(low, list[i]!)
      high = Math.max(high, list[i]!)
    }
  return [low, high]
}

/** Between -1 and 1, evenly and always the same (the golden ratio's fractions). */
function aside(index: number): number {
  return 2 * ((index * 0.6180339887498949) % 1) - 1
}
