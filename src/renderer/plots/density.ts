/** Where points are dense, on a grid over the picture, in layout coordinates. */
export interface Density {
  /** Points a cell, smoothed: [rows, columns]. */
  values: Float32Array
  columns: number
  rows: number
  /** Middle of the first cell, and the distance between two. */
  left: number
  bottom: number
  cell: number
}

export interface DensityExtent {
  left: number
  bottom: number
  cell: number
  columns: number
  rows: number
}

const cells = 96
/** Cells that the kernel reaches to either side; three passes of it are nearly a Gaussian. */
const reach = 2
/** Cells left free around the points, so that outlines close. */
const margin = 3 * reach + 1

/** The grid that a layout's points fall on, all but a thousandth at either end of each axis. */
export function densityExtent(positions: Float32Array): DensityExtent {
  const ends = [0, 1].map((axis): [number, number] => {
    const values = new Float32Array(positions.length / 2)
    for (let i = 0; i < values.length; i++) values[i] = positions[2 * i + axis]!
    values.sort()
    const cut = Math.floor(values.length / 1000)
    return values.length ? [values[cut]!, values[values.length - 1 - cut]!] : [0, 1]
  })
  const [[left, right], [bottom, top]] = ends as [[number, number], [number, number]]
  const cell = Math.max(right - left, top - bottom, 1e-9) / cells
  return {
    left: left - margin * cell,
    bottom: bottom - margin * cell,
    cell,
    columns: Math.ceil((right - left) / cell) + 2 * margin + 1,
    rows: Math.ceil((top - bottom) / cell) + 2 * margin + 1
  }
}

/** @param keep which points count; null for all */
export function densityOf(
  positions: Float32Array,
  extent: DensityExtent,
  keep: ((point: number) => boolean) | null
): Density {
  const { left, bottom, cell, columns, rows } = extent
  let values = new Float32Array(columns * rows)
  for (let point = 0; point < positions.length / 2; point++) {
    if (keep && !keep(point)) continue
    const column = Math.round((positions[2 * point]! - left) / cell)
    const row = Math.round((positions[2 * point + 1]! - bottom) / cell)
    if (column >= 0 && row >= 0 && column < columns && row < rows) values[row * columns + column]!++
  }
  for (let pass = 0; pass < 3; pass++) values = blurred(blurred(values, columns, rows, 1), columns, rows, columns)
  return { ...extent, values }
}

/** Means of neighbouring cells along one axis; `step` is 1 along rows and `columns` along columns. */
function blurred(values: Float32Array, columns: number, rows: number, step: number): Float32Array<ArrayBuffer> {
  const result = new Float32Array(values.length)
  const length = step === 1 ? columns : rows
  for (let line = 0; line < values.length / length; line++) {
    const start = step === 1 ? line * columns : line
    for (let i = 0; i < length; i++) {
      let sum = 0
      for (let d = -reach; d <= reach; d++) if (i + d >= 0 && i + d < length) sum += values[start + (i + d) * step]!
      result[start + i * step] = sum / (2 * reach + 1)
    }
  }
  return result
}

/** The density above which a share of all points is: the outline of the smallest region that holds them. */
export function levelHolding({ values }: Density, share: number): number {
  const sorted = values.slice().sort().reverse()
  const total = sorted.reduce((sum, value) => sum + value, 0)
  let held = 0
  for (const value of sorted) {
    held += value
    if (held >= share * total) return value
  }
  return 0
}

/**
 * The outline at a level, as segments from (x, y) to (x, y) in layout coordinates (marching squares, with the ends
 * interpolated).
 */
export function outlineAt({ values, columns, rows, left, bottom, cell }: Density, level: number): Float32Array {
  const segments: number[] = []
  if (level <= 0) return new Float32Array(0)
  const at = (column: number, row: number): number => values[row * columns + column]!
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      // The corners, counterclockwise from the lower left.
      const corners = [
        [column, row],
        [column + 1, row],
        [column + 1, row + 1],
        [column, row + 1]
      ] as const
      const crossings: [number, number][] = []
      corners.forEach(([x, y], i) => {
        const [nextX, nextY] = corners[(i + 1) % 4]!
        const [from, to] = [at(x, y), at(nextX, nextY)]
        if (from >= level === to >= level) return
        const share = (level - from) / (to - from)
        crossings.push([left + cell * (x + share * (nextX - x)), bottom + cell * (y + share * (nextY - y))])
      })
      for (let i = 0; i + 1 < crossings.length; i += 2) segments.push(...crossings[i]!, ...crossings[i + 1]!)
    }
  }
  return Float32Array.from(segments)
}

export interface Peak {
  x: number
  y: number
  height: number
}

/**
 * Cells that are denser than all within `around` cells of them, the densest first.
 * @param share of the highest that a peak has at least
 */
export function peaksOf({ values, columns, rows, left, bottom, cell }: Density, around: number, share = 0): Peak[] {
  const peaks: Peak[] = []
  const least = share * values.reduce((most, value) => Math.max(most, value), 0)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const height = values[row * columns + column]!
      if (height <= 0 || height < least) continue
      let highest = true
      for (let y = Math.max(0, row - around); highest && y <= Math.min(rows - 1, row + around); y++)
        for (let x = Math.max(0, column - around); x <= Math.min(columns - 1, column + around); x++) {
          const other = values[y * columns + x]!
          // Of equal cells the first is the peak.
          if (other > height || (other === height && (y < row || (y === row && x < column)))) {
            highest = false
            break
          }
        }
      if (highest) peaks.push({ x: left + cell * column, y: bottom + cell * row, height })
    }
  }
  return peaks.sort((a, b) => b.height - a.height)
}
