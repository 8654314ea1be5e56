import { drawColourKey, keyHeight } from './colourKey'
import { svgElement, svgRoot, textWidth } from './svg'

export interface HeatGridOptions {
  /** Names of the rows, from the top. */
  rows: readonly string[]
  columns: readonly string[]
  /** Row-major [rows, columns]; NaN is drawn as nothing. */
  values: ArrayLike<number>
  color: (value: number) => string
  /** Words in the cells; none when left out. */
  text?: (row: number, column: number) => string
  /** Ink of a cell's words, by its value. */
  ink?: (value: number) => string
  rowTitle: string
  columnTitle: string
  width: number
  cellHeight?: number
  /** Least width of a cell; the grid is wider than `width` where they do not fit. */
  cellWidth?: number
  /** Cells that are marked with a ring. */
  marked?: (row: number, column: number) => boolean
  /** What a cell says on hover and to a screen reader. */
  describe: (row: number, column: number) => string
  /** The scale of colours under the grid: its ends in words and the values there; none when left out. */
  key?: { ends: readonly [string, string]; from: number; to: number }
  label: string
}

export interface HeatGridDrawing {
  svg: SVGSVGElement
  /** The cell under a position; null between. */
  at(x: number, y: number): { row: number; column: number } | null
}

const fontSize = 11
const widestName = 92
const narrowestCell = 14

/**
 * A grid of coloured cells: layers by tokens, blocks by heads. Column names are level while they fit and are turned
 * where they do not.
 */
export function drawHeatGrid(document: Document, options: HeatGridOptions): HeatGridDrawing {
  const { rows, columns } = options
  const cellHeight = options.cellHeight ?? 22
  const left =
    Math.ceil(Math.max(...rows.map((name) => textWidth(name, fontSize)), textWidth(options.rowTitle, 10), 16)) + 12
  const cellWidth = Math.max(
    options.cellWidth ?? narrowestCell,
    Math.min(64, (options.width - left - 8) / Math.max(1, columns.length))
  )
  const longest = Math.min(widestName, Math.max(...columns.map((name) => textWidth(name, fontSize)), 8))
  const turned = longest > cellWidth - 2
  const top = 16 + (turned ? Math.ceil(longest * 0.92) + 8 : fontSize + 8)
  const width = Math.max(options.width, left + cellWidth * columns.length + 8)
  const bottom = top + rows.length * cellHeight + 6
  const svg = svgRoot(document, width, bottom + (options.key ? keyHeight + 4 : 0), options.label)
  svgElement(svg, 'text', { x: left, y: 10, 'font-size': 10, fill: 'var(--text-faint)' }, options.columnTitle)
  svgElement(
    svg,
    'text',
    { x: left - 8, y: top - 5, 'text-anchor': 'end', 'font-size': 10, fill: 'var(--text-faint)' },
    options.rowTitle
  )
  columns.forEach((name, c) => {
    const x = left + (c + 0.5) * cellWidth
    const shown = cut(name, widestName)
    const place = turned
      ? { x: 0, y: 0, transform: `translate(${(x + 3).toFixed(2)},${top - 5}) rotate(-66)`, 'text-anchor': 'start' }
      : { x, y: top - 6, 'text-anchor': 'middle' }
    svgElement(svg, 'text', { ...place, 'font-size': fontSize, fill: 'var(--text-muted)' }, shown)
  })
  rows.forEach((name, r) => {
    const y = top + r * cellHeight
    svgElement(
      svg,
      'text',
      {
        x: left - 8,
        y: y + cellHeight / 2 + 4,
        'text-anchor': 'end',
        'font-size': fontSize,
        fill: 'var(--text-muted)'
      },
      name
    )
    columns.forEach((_, c) => {
      const value = options.values[r * columns.length + c]!
      const x = left + c * cellWidth
      const cell = svgElement(svg, 'rect', {
        x: x + 0.5,
        y: y + 0.5,
        width: cellWidth - 1,
        height: cellHeight - 1,
        rx: 2,
        fill: Number.isNaN(value) ? 'var(--surface-2)' : options.color(value),
        stroke: options.marked?.(r, c) ? 'var(--mark)' : null,
        'stroke-width': options.marked?.(r, c) ? 2 : null
      })
      svgElement(cell, 'title', {}, options.describe(r, c))
      const words = options.text?.(r, c)
      if (words)
        svgElement(
          svg,
          'text',
          {
            x: x + cellWidth / 2,
            y: y + cellHeight / 2 + 4,
            'text-anchor': 'middle',
            'font-size': 10,
            fill: options.ink?.(value) ?? 'var(--text)',
            'pointer-events': 'none'
          },
          cut(words, cellWidth - 4, 10)
        )
    })
  })
  if (options.key) {
    const { ends, from, to } = options.key
    drawColourKey(svg, left, bottom + 2, ends, (share) => options.color(from + share * (to - from)))
  }
  return {
    svg,
    at(x, y) {
      const column = Math.floor((x - left) / cellWidth)
      const row = Math.floor((y - top) / cellHeight)
      return column >= 0 && column < columns.length && row >= 0 && row < rows.length ? { row, column } : null
    }
  }
}

function cut(text: string, room: number, size = fontSize): string {
  if (textWidth(text, size) <= room) return text
  const characters = Array.from(text)
  while (characters.length > 1 && textWidth(`${characters.join('')}…`, size) > room) characters.pop()
  const kept = characters.join('')
  // A dot and an ellipsis say less than nothing; a number that is cut is another number.
  return kept.length < 2 || /^[−-]?\.?\d*$/.test(kept) ? '' : `${kept}…`
}
