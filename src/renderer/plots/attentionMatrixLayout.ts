import type { AttentionFocus } from './attentionMap'

/** Rows are queries, columns keys. Positions are CSS pixels; what lies left of `left` and above `top` are labels. */
export interface MatrixLayout {
  width: number
  height: number
  left: number
  top: number
  cell: number
  size: number
  scrollLeft: number
  scrollTop: number
  /** Of the column labels, in degrees; 0 where the cells are too small for labels. */
  angle: number
  fontSize: number
}

const smallestLabelled = 10
const largestCell = 40
/** Half a pixel a cell still shows where attention is; a longer text is scrolled. */
const smallestFitted = 0.5
const slant = 52
/** Between labels and cells. */
export const labelGap = 6
/** Room of the position numbers that take the place of labels. */
const tickRoom = 30
export const matrixZoom = { smallest: 1, largest: largestCell }

export function fontSizeFor(cell: number): number {
  return cell >= 16 ? 11.5 : cell >= 12 ? 10.5 : 9
}

/**
 * @param widestLabel of the units, in pixels at 11.5
 * @param cell wanted size of a cell; null for the largest at which the whole map is in view
 */
export function matrixLayout(
  room: { width: number; height: number },
  size: number,
  widestLabel: number,
  cell: number | null,
  scroll: { left: number; top: number }
): MatrixLayout {
  const longest = Math.min(widestLabel + 2, 104, room.width * 0.24)
  const edges = (side: number): { left: number; top: number; right: number; angle: number } => {
    if (side < smallestLabelled) return { left: tickRoom + labelGap, top: 22, right: 8, angle: 0 }
    const length = (longest * fontSizeFor(side)) / 11.5
    const angle = side >= 15 ? slant : 90
    const radians = (angle * Math.PI) / 180
    return {
      left: Math.max(44, length + labelGap),
      angle,
      top: Math.max(24, length * Math.sin(radians) + labelGap + 6),
      right: Math.max(8, length * Math.cos(radians) - side / 2 + 4)
    }
  }
  const fits = (side: number): number => {
    const { left, top, right } = edges(side)
    return Math.min((room.width - left - right) / size, (room.height - top - 4) / size)
  }
  const side = cell === null ? largestFitting(fits) : cell >= 8 ? Math.floor(cell) : cell
  const { left, top, angle } = edges(side)
  return {
    width: room.width,
    height: room.height,
    left: Math.round(left),
    top: Math.round(top),
    cell: side,
    size,
    angle,
    fontSize: fontSizeFor(side),
    scrollLeft: scroll.left,
    scrollTop: scroll.top
  }
}

/** Whole pixels while labels are shown; a map that only fits without them gives their room to its cells. */
function largestFitting(fits: (side: number) => number): number {
  for (let side = largestCell; side >= smallestLabelled; side--) if (fits(side) >= side) return side
  return Math.max(smallestFitted, Math.min(smallestLabelled - 0.5, fits(0)))
}

/** Full extent of the drawing, for the scroll bars. */
export function matrixExtent(layout: MatrixLayout): { width: number; height: number } {
  const side = layout.cell * layout.size
  const overhang = layout.angle === slant ? layout.top * 0.7 : 8
  return { width: layout.left + side + overhang, height: layout.top + side + 4 }
}

/** The cell under a position in the visible part. */
export function cellAt(layout: MatrixLayout, x: number, y: number): { query: number; key: number } | null {
  if (x < layout.left || y < layout.top) return null
  const key = Math.floor((x - layout.left + layout.scrollLeft) / layout.cell)
  const query = Math.floor((y - layout.top + layout.scrollTop) / layout.cell)
  return query >= 0 && query < layout.size && key >= 0 && key < layout.size ? { query, key } : null
}

/** The label under a position: a row's on the left, a column's on top. */
export function labelAt(layout: MatrixLayout, x: number, y: number): AttentionFocus | null {
  if (x < layout.left && y >= layout.top) {
    const unit = Math.floor((y - layout.top + layout.scrollTop) / layout.cell)
    return unit >= 0 && unit < layout.size ? { unit, side: 'query' } : null
  }
  if (y < layout.top) {
    const lean = layout.angle === slant ? (layout.top - y) / Math.tan((slant * Math.PI) / 180) : 0
    const unit = Math.floor((x - lean - layout.left + layout.scrollLeft) / layout.cell)
    return x >= layout.left && unit >= 0 && unit < layout.size ? { unit, side: 'key' } : null
  }
  return null
}

/** Rows and columns in view. */
export function visibleCells(layout: MatrixLayout): {
  firstRow: number
  lastRow: number
  firstColumn: number
  lastColumn: number
} {
  const { size, cell } = layout
  return {
    firstRow: Math.max(0, Math.floor(layout.scrollTop / cell)),
    lastRow: Math.min(size - 1, Math.floor((layout.scrollTop + layout.height - layout.top) / cell)),
    firstColumn: Math.max(0, Math.floor(layout.scrollLeft / cell)),
    lastColumn: Math.min(size - 1, Math.floor((layout.scrollLeft + layout.width - layout.left) / cell))
  }
}

export function rowCentre(layout: MatrixLayout, row: number): number {
  return layout.top + (row + 0.5) * layout.cell - layout.scrollTop
}

export function columnCentre(layout: MatrixLayout, column: number): number {
  return layout.left + (column + 0.5) * layout.cell - layout.scrollLeft
}
