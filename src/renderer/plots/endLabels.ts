import { markerPath, type MarkerName } from './markers'
import { spreadLabels, svgElement } from './svg'

/** A title that stands where its line ends. */
export interface EndLabel {
  id: string
  y: number
  text: string
  colour: string
  /** Null for references, which are named quieter than lines. */
  marker: MarkerName | null
  strong: boolean
}

const lineHeight = 14

/** Writes labels in a column right of a plot, moved apart where they would overlap, each tied to its line by a short stroke. */
export function drawEndLabels(parent: SVGElement, labels: readonly EndLabel[], column: { x: number; top: number; bottom: number; width: number }): void {
  const group = svgElement(parent, 'g', { 'data-part': 'end-labels' })
  const places = spreadLabels(labels.map((label) => label.y), lineHeight, column.top, column.bottom)
  labels.forEach((label, index) => {
    const y = places[index] ?? label.y
    if (Math.abs(y - label.y) > 2) {
      svgElement(group, 'path', {
        d: `M${(column.x - 7).toFixed(2)},${label.y.toFixed(2)}L${(column.x - 1).toFixed(2)},${y.toFixed(2)}`, fill: 'none', stroke: label.colour, 'stroke-opacity': 0.6
      })
    }
    if (label.marker) svgElement(group, 'path', { d: markerPath(label.marker, 40), transform: `translate(${(column.x + 6).toFixed(2)},${y.toFixed(2)})`, fill: label.colour })
    const text = svgElement(group, 'text', {
      x: column.x + (label.marker ? 14 : 2), y: y + 3.5, 'font-size': 11, 'font-weight': label.strong ? 650 : 400,
      fill: label.marker ? 'var(--text)' : 'var(--text-muted)', 'data-label': label.id
    }, shorten(label.text, column.width - (label.marker ? 14 : 2)))
    if (text.textContent !== label.text) svgElement(text, 'title', {}, label.text)
  })
}

function shorten(text: string, room: number): string {
  const letters = Math.max(4, Math.floor(room / 6))
  return text.length <= letters ? text : `${text.slice(0, letters - 1).trimEnd()}…`
}
