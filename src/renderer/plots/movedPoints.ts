import { fitView, toScreen } from './scatter'
import { svgElement, svgRoot } from './svg'

export interface MovedPointsOptions {
  /** Layouts of the same points, [n, 2] each. */
  before: Float32Array
  after: Float32Array
  /** Class of every point, -1 for none. */
  classes: Int32Array
  color: (classId: number) => string
  width: number
  height: number
  label: string
}

/** Where points were, as rings, and where they are, with a line from one to the other. */
export function drawMovedPoints(document: Document, options: MovedPointsOptions): { svg: SVGSVGElement } {
  const { before, after, classes, color, width, height, label } = options
  const svg = svgRoot(document, width, height, label)
  const both = new Float32Array(before.length + after.length)
  both.set(before)
  both.set(after, before.length)
  const view = fitView(both, width, height)
  const place = (layout: Float32Array, point: number): [number, number] =>
    toScreen(view, layout[2 * point]!, layout[2 * point + 1]!)
  const lines = svgElement(svg, 'g', { 'stroke-opacity': 0.35 })
  const points = svgElement(svg, 'g')
  for (let point = 0; point < classes.length; point++) {
    const [[x1, y1], [x2, y2]] = [place(before, point), place(after, point)]
    const paint = color(classes[point]!)
    svgElement(lines, 'line', { x1, y1, x2, y2, stroke: paint })
    svgElement(points, 'circle', { cx: x1, cy: y1, r: 1.8, fill: 'none', stroke: paint, 'stroke-opacity': 0.5 })
    svgElement(points, 'circle', { cx: x2, cy: y2, r: 2.2, fill: paint })
  }
  return { svg }
}
