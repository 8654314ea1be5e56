import { drawColourKey, keyHeight } from './colourKey'
import { windowForm, type DrawnForm } from './figureForm'
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
  form?: DrawnForm
}

export interface HeatGridDrawing {
  svg: SVGSVGElement
  /** The cell under a position; null between. */
  at(x: number, y: number): { row: number; column: number } | null
}

const fontSize = 11
const widestName = 92
const narrowestCell = 14

/** Bands that the columns of a grid are broken into, like the lines of a text; one unless it is on a page. */
interface Band {
  first: number
  count: number
  top: number
}

/**
 * A grid of coloured cells: layers by tokens, blocks by heads. Column names are level while they fit and are turned
 * where they do not. On a page, columns that do not fit beside one another go on below.
 */
export function drawHeatGrid(document: Document, options: HeatGridOptions): HeatGridDrawing {
  const { rows, columns, form = windowForm } = options
  const cellHeight = form.paper ? Math.min(18, options.cellHeight ?? 22) : (options.cellHeight ?? 22)
  const left =
    Math.ceil(Math.max(...rows.map((name) => textWidth(name, fontSize)), textWidth(options.rowTitle, 10), 16)) + 12
  const least = options.cellWidth ?? narrowestCell
  const room = options.width - left - 8
  const across = form.paper
    ? Math.min(columns.length, Math.max(1, Math.floor(room / least)))
    : Math.max(1, columns.length)
  const bandCount = Math.max(1, Math.ceil(columns.length / across))
  const perBand = Math.ceil(columns.length / bandCount)
  const cellWidth = Math.max(least, Math.min(64, room / Math.max(1, perBand)))
  const longest = Math.min(widestName, Math.max(...columns.map((name) => textWidth(name, fontSize)), 8))
  const turned = longest > cellWidth - 2
  const namesHeight = turned ? Math.ceil(longest * 0.92) + 8 : fontSize + 8
  const bandHeight = namesHeight + rows.length * cellHeight + 6
  const bands = Array.from({ length: bandCount }, (_, band): Band => ({
    first: band * perBand,
    count: Math.min(perBand, columns.length - band * perBand),
    top: 16 + namesHeight + band * bandHeight
  }))
  // Names that are turned lean beyond the last column.
  const lean = form.paper && turned ? Math.ceil(longest * 0.42) : 0
  const width = Math.max(options.width, left + cellWidth * perBand + 8)
  const bottom = 16 + bandCount * bandHeight
  const keyed = options.key && form.legend ? options.key : undefined
  const svg = svgRoot(document, width, bottom + (keyed ? keyHeight + 4 : 0), options.label)
  svgElement(svg, 'text', { x: left, y: 10, 'font-size': 10, fill: 'var(--text-faint)' }, options.columnTitle)
  for (const band of bands) drawBand(svg, options, { ...band, left, cellWidth, cellHeight, turned, lean, width })
  if (keyed) {
    const { ends, from, to } = keyed
    drawColourKey(svg, left, bottom + 2, ends, (share) => options.color(from + share * (to - from)))
  }
  return {
    svg,
    at(x, y) {
      const band = bands.find(({ top }) => y >= top && y < top + rows.length * cellHeight)
      if (!band) return null
      const inBand = Math.floor((x - left) / cellWidth)
      const row = Math.floor((y - band.top) / cellHeight)
      return inBand >= 0 && inBand < band.count && row < rows.length ? { row, column: band.first + inBand } : null
    }
  }
}

interface Cells extends Band {
  left: number
  cellWidth: number
  cellHeight: number
  turned: boolean
  lean: number
  width: number
}

function drawBand(svg: SVGSVGElement, options: HeatGridOptions, cells: Cells): void {
  const { rows, columns } = options
  const { first, count, top, left, cellWidth, cellHeight, turned, lean, width } = cells
  svgElement(
    svg,
    'text',
    { x: left - 8, y: top - 5, 'text-anchor': 'end', 'font-size': 10, fill: 'var(--text-faint)' },
    options.rowTitle
  )
  for (let c = 0; c < count; c++) {
    const x = left + (c + 0.5) * cellWidth
    const room = lean > 0 ? Math.min(widestName, (width - x - 4) / Math.cos((66 * Math.PI) / 180)) : widestName
    const place = turned
      ? { x: 0, y: 0, transform: `translate(${(x + 3).toFixed(2)},${top - 5}) rotate(-66)`, 'text-anchor': 'start' }
      : { x, y: top - 6, 'text-anchor': 'middle' }
    const name = columns[first + c]!
    svgElement(svg, 'text', { ...place, 'font-size': fontSize, fill: 'var(--text-muted)' }, cut(name, room))
  }
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
    for (let c = 0; c < count; c++)
      drawCell(svg, options, { row: r, column: first + c, x: left + c * cellWidth, y }, cells)
  })
}

function drawCell(
  svg: SVGSVGElement,
  options: HeatGridOptions,
  { row, column, x, y }: { row: number; column: number; x: number; y: number },
  { cellWidth, cellHeight }: Cells
): void {
  const value = options.values[row * options.columns.length + column]!
  const marked = options.marked?.(row, column) ?? false
  const cell = svgElement(svg, 'rect', {
    x: x + 0.5,
    y: y + 0.5,
    width: cellWidth - 1,
    height: cellHeight - 1,
    rx: 2,
    fill: Number.isNaN(value) ? 'var(--surface-2)' : options.color(value),
    stroke: marked ? 'var(--mark)' : null,
    'stroke-width': marked ? 2 : null
  })
  svgElement(cell, 'title', {}, options.describe(row, column))
  const words = options.text?.(row, column)
  if (!words) return
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
}

function cut(text: string, room: number, size = fontSize): string {
  if (textWidth(text, size) <= room) return text
  const characters = Array.from(text)
  while (characters.length > 1 && textWidth(`${characters.join('')}…`, size) > room) characters.pop()
  const kept = characters.join('')
  // A dot and an ellipsis say less than nothing; a number that is cut is another number.
  return kept.length < 2 || /^[−-]?\.?\d*$/.test(kept) ? '' : `${kept}…`
}
