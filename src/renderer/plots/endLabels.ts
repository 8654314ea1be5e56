import { markerPath, type MarkerName } from './markers'
import { spreadLabels, svgElement, textWidth } from './svg'

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
/** A piece of the line before its title, and the space after it. */
const sampleWidth = 20

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
    svgElement(group, 'line', {
      x1: column.x + 1,
      x2: column.x + 15,
      y1: y,
      y2: y,
      stroke: label.colour,
      'stroke-width': label.marker ? 2 : 1.25,
      'stroke-dasharray': label.dash,
      'data-part': 'sample'
    })
    if (label.marker)
      svgElement(group, 'path', {
        d: markerPath(label.marker, 40),
        transform: `translate(${(column.x + 8).toFixed(2)},${y.toFixed(2)})`,
        fill: label.colour
      })
    const text = svgElement(
      group,
      'text',
      {
        x: column.x + sampleWidth,
        y: y + 3.5,
        'font-size': 11,
        'font-weight': label.strong ? 650 : 400,
        fill: label.marker ? 'var(--text)' : 'var(--text-muted)',
        'data-label': label.id
      },
      shorten(label.text, column.width - sampleWidth)
    )
    if (text.textContent !== label.text) svgElement(text, 'title', {}, label.text)
  })
}

function shorten(text: string, room: number): string {
  if (textWidth(text, 11) <= room) return text
  let letters = text.length - 1
  while (letters > 3 && textWidth(text.slice(0, letters), 11) + 8 > room) letters--
  return `${text.slice(0, letters).trimEnd()}…`
}
