import { markerPath, type MarkerName } from './markers'
import type { DrawnForm } from './figureForm'
import { round, spreadLabels, svgElement, textWidth, type SvgAttributes } from './svg'

/** A title placed at the end of its line. */
export interface EndLabel {
  id: string
  y: number
  text: string
  colour: string
  /** Null for references, which are named quieter than lines. */
  marker: MarkerName | null
  /** Pattern of the line that is named. */
  dash: string | null
  strong: boolean
}

const lineHeight = 14
const fontSize = 11
/** A piece of the line before its title, and the space after it. */
const sampleWidth = 20

/**
 * Where the titles of lines are: in a column at their ends; on a page that has no room for them there, under the plot;
 * nowhere where no legend is wanted.
 * @param share of the width, at most, for the column
 * @returns the room that the column takes
 */
export function legendPlace(
  titles: readonly string[],
  width: number,
  share: number,
  { paper, legend }: DrawnForm
): { place: 'end' | 'below' | 'none'; room: number } {
  if (!legend) return { place: 'none', room: 16 }
  const wanted = 36 + Math.max(0, ...titles.map((title) => textWidth(title, fontSize)))
  if (paper && wanted > width * share) return { place: 'below', room: 16 }
  return { place: 'end', room: Math.min(width * share, wanted) }
}

/** Writes labels in rows under a drawing, which grows by them; each starts in its place in the order of the lines. */
export function drawLabelsBelow(svg: SVGSVGElement, labels: readonly EndLabel[], { line = true } = {}): void {
  const [, , width = 0, height = 0] = svg.getAttribute('viewBox')!.split(' ').map(Number)
  const rowHeight = 16
  const between = 14
  const group = svgElement(svg, 'g', { 'data-part': 'legend' })
  // A marker alone takes less than a piece of a line.
  const sample = line ? sampleWidth : 11
  let x = 0
  let y = height + 8
  // Lines before what they are compared with.
  for (const label of [...labels].sort((a, b) => Number(b.marker !== null) - Number(a.marker !== null))) {
    const wide = sample + textWidth(label.text, fontSize)
    if (x > 0 && x + wide > width) {
      x = 0
      y += rowHeight
    }
    if (line) drawSample(group, label, x, y)
    else drawMarker(group, label, x + 4, y)
    svgElement(group, 'text', labelText(label, x + sample, y), label.text)
    x += wide + between
  }
  svg.setAttribute('height', String(round(y + 10)))
  svg.setAttribute('viewBox', `0 0 ${width} ${round(y + 10)}`)
}

function drawSample(group: SVGElement, label: EndLabel, x: number, y: number): void {
  svgElement(group, 'line', {
    x1: x + 1,
    x2: x + 15,
    y1: y,
    y2: y,
    stroke: label.colour,
    'stroke-width': label.marker ? 2 : 1.25,
    'stroke-dasharray': label.dash,
    'data-part': 'sample'
  })
  drawMarker(group, label, x + 8, y)
}

function drawMarker(group: SVGElement, { marker, colour }: EndLabel, x: number, y: number): void {
  if (marker)
    svgElement(group, 'path', {
      d: markerPath(marker, 40),
      transform: `translate(${x.toFixed(2)},${y.toFixed(2)})`,
      fill: colour
    })
}

function labelText(label: EndLabel, x: number, y: number): SvgAttributes {
  return {
    x,
    y: y + 3.5,
    'font-size': fontSize,
    'font-weight': label.strong ? 650 : 400,
    fill: label.marker ? 'var(--text)' : 'var(--text-muted)',
    'data-label': label.id
  }
}

/** Writes labels in a column right of a plot, moved apart where they would overlap, each with a piece of its line. */
export function drawEndLabels(
  parent: SVGElement,
  labels: readonly EndLabel[],
  column: { x: number; top: number; bottom: number; width: number }
): void {
  const group = svgElement(parent, 'g', { 'data-part': 'end-labels' })
  const places = spreadLabels(
    labels.map((label) => label.y),
    lineHeight,
    column.top,
    column.bottom
  )
  labels.forEach((label, index) => {
    const y = places[index] ?? label.y
    drawSample(group, label, column.x, y)
    const text = svgElement(
      group,
      'text',
      labelText(label, column.x + sampleWidth, y),
      shorten(label.text, column.width - sampleWidth)
    )
    if (text.textContent !== label.text) svgElement(text, 'title', {}, label.text)
  })
}

function shorten(text: string, room: number): string {
  if (textWidth(text, fontSize) <= room) return text
  let letters = text.length - 1
  while (letters > 3 && textWidth(text.slice(0, letters), fontSize) + 8 > room) letters--
  return `${text.slice(0, letters).trimEnd()}…`
}
