import { classMarker, markerCorners } from './markers'

/** How layout coordinates become pixels: x * scale + left, and y upwards as on paper. */
export interface ScatterView {
  scale: number
  left: number
  top: number
}

export interface ScatterPoints {
  /** [n, 2] in layout coordinates. */
  positions: Float32Array
  /** Class of every point, -1 for none. */
  classes: Int32Array
}

export interface ScatterStyle {
  /** Colour of a class id; of -1 as well. */
  color(classId: number): string
  radius: number
  /** 1 for a point drawn faintly; null when none is. */
  dimmed: Uint8Array | null
  dimmedAlpha: number
}

export interface ScatterMark {
  point: number
  kind: 'selected' | 'hovered' | 'neighbour' | 'match'
}

export interface MarkStyle {
  text: string
  surface: string
  accent: string
}

export type ScatterContext = Pick<
  CanvasRenderingContext2D,
  | 'beginPath'
  | 'arc'
  | 'rect'
  | 'fill'
  | 'stroke'
  | 'moveTo'
  | 'lineTo'
  | 'fillStyle'
  | 'strokeStyle'
  | 'lineWidth'
  | 'globalAlpha'
>

/** Pixels left free around the points. */
const padding = 28
/** Below this radius a square cannot be distinguished from a circle, and draws several times faster. */
const smallestCircle = 1.8

/**
 * The view that shows nearly all points: a thousandth at either end of each axis may lie outside, so that one stray
 * point does not shrink the picture.
 */
export function fitView(positions: Float32Array, width: number, height: number): ScatterView {
  const count = positions.length / 2
  if (count === 0 || width <= 0 || height <= 0) return { scale: 1, left: width / 2, top: height / 2 }
  const [lowX, highX] = quantiles(positions, 0)
  const [lowY, highY] = quantiles(positions, 1)
  const scale = Math.min(
    (width - 2 * padding) / Math.max(highX - lowX, 1e-9),
    (height - 2 * padding) / Math.max(highY - lowY, 1e-9)
  )
  return { scale, left: width / 2 - (scale * (lowX + highX)) / 2, top: height / 2 + (scale * (lowY + highY)) / 2 }
}

/** Points that the fit is taken from: it follows a layout at every frame, and sorting 100,000 values costs a frame. */
const fittedPoints = 10_000

function quantiles(positions: Float32Array, axis: number): [number, number] {
  const step = Math.max(1, Math.floor(positions.length / 2 / fittedPoints))
  const values = new Float32Array(Math.ceil(positions.length / 2 / step))
  for (let i = 0; i < values.length; i++) values[i] = positions[2 * i * step + axis]!
  values.sort()
  const cut = Math.floor(values.length / 1000)
  return [values[cut]!, values[values.length - 1 - cut]!]
}

export function toScreen(view: ScatterView, x: number, y: number): [number, number] {
  return [x * view.scale + view.left, view.top - y * view.scale]
}

export function toLayout(view: ScatterView, screenX: number, screenY: number): [number, number] {
  return [(screenX - view.left) / view.scale, (view.top - screenY) / view.scale]
}

/** A radius at which neighbours of `count` points can be distinguished, growing as one zooms in. */
export function pointRadius(count: number, width: number, height: number, zoom: number): number {
  const base = Math.sqrt((width * height) / Math.max(1, count)) * 0.16
  return Math.min(6, Math.max(1.2, Math.min(3, base) * Math.sqrt(zoom)))
}

/**
 * All points, the dimmed ones first so that they never cover the others; one path a class. A class has a shape of its
 * own as far as there are shapes, where points are large enough.
 */
export function drawPoints(
  context: ScatterContext,
  { positions, classes }: ScatterPoints,
  view: ScatterView,
  style: ScatterStyle
): void {
  const { dimmed, radius } = style
  for (const pass of dimmed ? [1, 0] : [0]) {
    context.globalAlpha = pass === 1 ? style.dimmedAlpha : pointAlpha
    for (const [classId, members] of pointsByClass(classes)) {
      const corners = markerCorners(classMarker(classId), Math.PI * radius * radius)
      context.fillStyle = style.color(classId)
      context.beginPath()
      for (const point of members) {
        if (dimmed && dimmed[point] !== pass) continue
        const x = positions[2 * point]! * view.scale + view.left
        const y = view.top - positions[2 * point + 1]! * view.scale
        if (radius < smallestCircle) context.rect(x - radius, y - radius, 2 * radius, 2 * radius)
        else if (corners) {
          context.moveTo(x + corners[0]!, y + corners[1]!)
          for (let at = 2; at < corners.length; at += 2) context.lineTo(x + corners[at]!, y + corners[at + 1]!)
        } else {
          context.moveTo(x + radius, y)
          context.arc(x, y, radius, 0, 2 * Math.PI)
        }
      }
      context.fill()
    }
  }
  context.globalAlpha = 1
}

/** Opacity of points that are not dimmed. */
export const pointAlpha = 0.85

let grouped: { classes: Int32Array; groups: Map<number, number[]> } | null = null

/**
 * Points of each class, rarest class last so that it is on top; remembered, because a moving layout asks at every
 * frame.
 */
export function pointsByClass(classes: Int32Array): Map<number, number[]> {
  if (grouped?.classes === classes) return grouped.groups
  const groups = new Map<number, number[]>()
  classes.forEach((classId, point) => {
    const members = groups.get(classId)
    if (members) members.push(point)
    else groups.set(classId, [point])
  })
  grouped = { classes, groups: new Map([...groups].sort((a, b) => b[1].length - a[1].length)) }
  return grouped.groups
}

/** Rings around single points, and threads from the selected point to its neighbours in the layer's own space. */
export function drawMarks(
  context: ScatterContext,
  points: ScatterPoints,
  view: ScatterView,
  style: ScatterStyle,
  marks: readonly ScatterMark[],
  colours: MarkStyle
): void {
  const at = (point: number): [number, number] =>
    toScreen(view, points.positions[2 * point]!, points.positions[2 * point + 1]!)
  const centre = marks.find((mark) => mark.kind === 'selected')
  if (centre) {
    const [x, y] = at(centre.point)
    context.strokeStyle = colours.accent
    context.lineWidth = 1
    context.globalAlpha = 0.5
    context.beginPath()
    for (const mark of marks) {
      if (mark.kind !== 'neighbour') continue
      context.moveTo(x, y)
      context.lineTo(...at(mark.point))
    }
    context.stroke()
    context.globalAlpha = 1
  }
  for (const { point, kind } of marks) {
    const [x, y] = at(point)
    const radius = Math.max(3, style.radius) + (kind === 'selected' ? 3 : kind === 'hovered' ? 2 : 1)
    context.fillStyle = style.color(points.classes[point]!)
    context.strokeStyle = kind === 'neighbour' ? colours.accent : colours.text
    context.lineWidth = kind === 'selected' ? 2.5 : 1.5
    context.beginPath()
    context.arc(x, y, radius, 0, 2 * Math.PI)
    context.fill()
    context.stroke()
  }
}
