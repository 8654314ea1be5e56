import { stateName, windowForm, type DrawnForm } from './figureForm'
import { layersAtEqualDepth } from '@shared/compare'
import { inkOnColor } from './colorScale'
import { svgElement, svgRoot, textWidth } from './svg'

/** Similarity of the layers of two models: rows are layers of A, columns layers of B. */
export interface CkaTable {
  rows: number
  columns: number
  /** [rows, columns]; not a number where it is not defined. */
  values: Float32Array
}

export interface CkaCell {
  row: number
  column: number
}

export interface CkaMapOptions {
  /** Room to fill; cells stay readable, so that the picture may grow beyond it. */
  width: number
  height: number
  titleA: string
  titleB: string
  colourA: string
  colourB: string
  /** Colour of a similarity between 0 and 1 as `rgb(r, g, b)`. */
  colour: (value: number) => string
  selected: CkaCell | null
  label: string
  form?: DrawnForm
}

export interface CkaMapDrawing {
  svg: SVGSVGElement
  cellAt(x: number, y: number): CkaCell | null
  /** Left upper corner of a cell. */
  corner(cell: CkaCell): { x: number; y: number }
  cellSize: number
}

const smallestCell = 9
const largestCell = 46
/** From this size on a cell holds its value in figures. */
const writtenFrom = 27

/**
 * Layers of B to the right, layers of A upwards, so that depth grows away from the corner; the scale is fixed from 0 to
 * 1, so that pictures can be compared. Cells at equal relative depth have an edge.
 */
export function drawCkaMap(document: Document, table: CkaTable, options: CkaMapOptions): CkaMapDrawing {
  const { rows, columns, values } = table
  const left = 46
  const top = 6
  const foot = 76
  const fitting = Math.floor(Math.min((options.width - left - 8) / columns, (options.height - top - foot) / rows))
  const cell = Math.min(largestCell, Math.max(smallestCell, fitting))
  const side = { width: cell * columns, height: cell * rows }
  const keyWidth = Math.min(200, Math.max(120, side.width))
  const svg = svgRoot(
    document,
    left + Math.max(side.width, keyWidth, textWidth(options.titleB, 11) + 30) + 8,
    top + side.height + foot,
    options.label
  )
  const x = (column: number): number => left + column * cell
  const y = (row: number): number => top + (rows - 1 - row) * cell

  const cells = svgElement(svg, 'g', { 'data-part': 'cells' })
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = values[row * columns + column]!
      const fill = Number.isNaN(value) ? 'var(--surface-3)' : options.colour(value)
      svgElement(cells, 'rect', {
        x: x(column),
        y: y(row),
        width: cell,
        height: cell,
        fill,
        'data-cell': `${row},${column}`
      })
      if (cell < writtenFrom || Number.isNaN(value)) continue
      svgElement(
        cells,
        'text',
        {
          x: x(column) + cell / 2,
          y: y(row) + cell / 2 + 3.5,
          'text-anchor': 'middle',
          'font-size': cell >= 34 ? 10.5 : 9.5,
          fill: inkOnColor(fill)
        },
        written(value)
      )
    }
  }
  const marks = svgElement(svg, 'g', { 'data-part': 'equal-depth', fill: 'none' })
  for (const [row, column] of layersAtEqualDepth(rows - 1, columns - 1)) {
    const value = values[row * columns + column]!
    // Dark on light cells, light on dark ones.
    const stroke = Number.isNaN(value) ? 'var(--text)' : inkOnColor(options.colour(value))
    svgElement(marks, 'rect', {
      x: x(column) + 1,
      y: y(row) + 1,
      width: cell - 2,
      height: cell - 2,
      fill: 'none',
      stroke,
      'stroke-width': 1.25,
      'stroke-opacity': 0.85
    })
  }
  svgElement(svg, 'rect', { x: left, y: top, ...side, fill: 'none', stroke: 'var(--border)' })
  if (options.selected) {
    const { row, column } = options.selected
    const place = { x: x(column), y: y(row), width: cell, height: cell, fill: 'none' }
    svgElement(svg, 'rect', { ...place, stroke: 'var(--surface)', 'stroke-width': 6 })
    svgElement(svg, 'rect', { ...place, stroke: 'var(--mark)', 'stroke-width': 3, 'data-part': 'selected' })
  }
  drawTicks(svg, { left, top, cell, rows, columns, x, y }, options)
  if ((options.form ?? windowForm).legend)
    drawKey(svg, { x: left, y: top + side.height + 52, width: keyWidth }, options.colour)
  return {
    svg,
    cellSize: cell,
    corner: ({ row, column }) => ({ x: x(column), y: y(row) }),
    cellAt: (atX, atY) => {
      const column = Math.floor((atX - left) / cell)
      const row = rows - 1 - Math.floor((atY - top) / cell)
      return row >= 0 && row < rows && column >= 0 && column < columns ? { row, column } : null
    }
  }
}

/** '.87'; '1' for what rounds to it. */
function written(value: number): string {
  const text = value.toFixed(2)
  return text.startsWith('1') ? '1' : text.replace(/^(-?)0\./, '$1.').replace(/^-\.00$/, '.00')
}

interface Frame {
  left: number
  top: number
  cell: number
  rows: number
  columns: number
  x: (column: number) => number
  y: (row: number) => number
}

function drawTicks(svg: SVGSVGElement, { left, top, cell, rows, columns, x, y }: Frame, options: CkaMapOptions): void {
  const group = svgElement(svg, 'g', { 'aria-hidden': 'true' })
  const step = Math.max(1, Math.ceil(13 / cell))
  const { firstNumber } = options.form ?? windowForm
  const bottom = top + rows * cell
  for (let row = 0; row < rows; row += step) {
    svgElement(
      group,
      'text',
      { x: left - 6, y: y(row) + cell / 2 + 3.5, 'text-anchor': 'end', 'font-size': 10.5, fill: 'var(--text-muted)' },
      stateName(firstNumber, row)
    )
  }
  for (let column = 0; column < columns; column += Math.max(step, Math.ceil(18 / cell))) {
    svgElement(
      group,
      'text',
      {
        x: x(column) + cell / 2,
        y: bottom + 14,
        'text-anchor': 'middle',
        'font-size': 10.5,
        fill: 'var(--text-muted)'
      },
      stateName(firstNumber, column)
    )
  }
  svgElement(group, 'rect', { x: left, y: bottom + 21, width: 9, height: 9, rx: 2, fill: options.colourB })
  svgElement(
    group,
    'text',
    { x: left + 14, y: bottom + 29.5, 'font-size': 11, fill: 'var(--text-muted)' },
    `${options.titleB} →`
  )
  const middle = top + (rows * cell) / 2
  const room = rows * cell - 20
  const title = textWidth(`${options.titleA} →`, 11) <= room ? `${options.titleA} →` : 'A →'
  const start = middle + textWidth(title, 11) / 2 + 7
  svgElement(group, 'rect', { x: 4, y: start - 9, width: 9, height: 9, rx: 2, fill: options.colourA })
  svgElement(
    group,
    'text',
    { transform: `translate(12.5,${(start - 14).toFixed(1)}) rotate(-90)`, 'font-size': 11, fill: 'var(--text-muted)' },
    title
  )
}

function drawKey(
  svg: SVGSVGElement,
  { x, y, width }: { x: number; y: number; width: number },
  colour: (value: number) => string
): void {
  const group = svgElement(svg, 'g', { 'data-part': 'key' })
  const steps = 40
  for (let i = 0; i < steps; i++) {
    svgElement(group, 'rect', {
      x: x + (i * width) / steps,
      y,
      width: width / steps + 0.4,
      height: 8,
      fill: colour(i / (steps - 1))
    })
  }
  svgElement(group, 'rect', { x, y, width, height: 8, fill: 'none', stroke: 'var(--border)' })
  for (const [at, text, anchor] of [
    [0, '0', 'start'],
    [0.5, 'CKA', 'middle'],
    [1, '1', 'end']
  ] as const) {
    svgElement(
      group,
      'text',
      { x: x + at * width, y: y + 20, 'text-anchor': anchor, 'font-size': 10.5, fill: 'var(--text-faint)' },
      text
    )
  }
}
