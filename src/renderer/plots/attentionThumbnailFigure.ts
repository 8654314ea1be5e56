import { cellPaths } from './attentionCellPaths'
import { drawHeading, headingHeight, headingWithin, type FigureTitle } from './attentionFigure'
import { numberFrom, type FirstNumber } from './figureForm'
import { svgElement, svgRoot } from './svg'

export interface ThumbnailFigure {
  layers: number
  heads: number
  /** Side of a map in pixels of `pixels`. */
  size: number
  /** All maps next to each other, from `thumbnailPixels`. */
  pixels: Uint8ClampedArray
  /** [layers, heads]: the head in each column. */
  order: Int32Array
  /** Heads are not in the order of their numbers: each map carries its own. */
  sorted: boolean
  heading: FigureTitle
  /** Of the page. */
  width: number
  firstNumber: FirstNumber
}

const gap = 5
const left = 30

/** All heads of a model for one sentence, as vectors. */
export function drawThumbnailFigure(document: Document, figure: ThumbnailFigure): SVGSVGElement {
  const { layers, heads, size, order, sorted, width, firstNumber } = figure
  const heading = headingWithin(width, figure.heading)
  const side = Math.max(6, Math.min(48, (width - left - 4) / heads - gap))
  const step = side + gap
  const between = sorted ? 13 : 0
  const top = headingHeight(heading) + 18
  const svg = svgRoot(document, width, top + layers * (step + between) + 4, heading.title)
  drawHeading(svg, heading)
  const pixel = side / size
  const place = (column: number, row: number): { x: number; y: number } => ({
    x: left + Math.floor(column / size) * step + (column % size) * pixel,
    y: top + between + Math.floor(row / size) * (step + between) + (row % size) * pixel
  })
  const cells = svgElement(svg, 'g', { 'data-part': 'maps' })
  for (const { colour, d } of cellPaths(figure.pixels, heads * size, layers * size, place, pixel))
    svgElement(cells, 'path', { d, fill: colour })
  const labels = svgElement(svg, 'g', { 'data-part': 'labels' })
  const text = (x: number, y: number, anchor: string, content: string, fontSize = 10): void => {
    svgElement(
      labels,
      'text',
      { x, y, 'font-size': fontSize, 'text-anchor': anchor, fill: 'var(--text-muted)' },
      content
    )
  }
  const name = (head: number): string =>
    side >= 34 ? `head ${numberFrom(firstNumber, head)}` : numberFrom(firstNumber, head)
  for (let layer = 0; layer < layers; layer++) {
    const y = top + between + layer * (step + between)
    text(left - 8, y + side / 2 + 3.5, 'end', numberFrom(firstNumber, layer + 1))
    for (let column = 0; column < heads; column++) {
      const x = left + column * step
      svgElement(cells, 'rect', { x, y, width: side, height: side, fill: 'none', stroke: 'var(--border)' })
      if (sorted) text(x, y - 3, 'start', name(order[layer * heads + column]! + 1), 9.5)
      else if (layer === 0) text(x + side / 2, y - 6, 'middle', numberFrom(firstNumber, column + 1))
    }
  }
  return svg
}
