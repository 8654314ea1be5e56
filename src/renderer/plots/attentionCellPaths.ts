import { round } from './svg'

/** Cells of one colour as one path. */
export interface ColourPath {
  colour: string
  d: string
}

/**
 * A picture of one pixel a cell as vectors: one path a colour, with neighbours of a row joined into one bar, so that
 * 512 x 512 cells still make a file of a few megabytes. Transparent pixels are left out.
 * @param pixels RGBA
 * @param place corner and side of a cell
 */
export function cellPaths(
  pixels: Uint8ClampedArray,
  columns: number,
  rows: number,
  place: (column: number, row: number) => { x: number; y: number },
  side: number
): ColourPath[] {
  const paths = new Map<number, string[]>()
  for (let row = 0; row < rows; row++) {
    let column = 0
    while (column < columns) {
      const colour = colourAt(pixels, row * columns + column)
      let end = column + 1
      while (end < columns && colourAt(pixels, row * columns + end) === colour && adjacent(place, end, row, side)) end++
      if (colour >= 0) {
        const { x, y } = place(column, row)
        const width = (end - column) * side
        const bar = `M${round(x)},${round(y)}h${round(width)}v${round(side)}h${round(-width)}z`
        const bars = paths.get(colour)
        if (bars) bars.push(bar)
        else paths.set(colour, [bar])
      }
      column = end
    }
  }
  return [...paths]
    .sort(([a], [b]) => a - b)
    .map(([colour, bars]) => ({ colour: `#${colour.toString(16).padStart(6, '0')}`, d: bars.join('') }))
}

/** Red, green and blue as one number; -1 for a transparent pixel. */
function colourAt(pixels: Uint8ClampedArray, index: number): number {
  return pixels[index * 4 + 3] === 0
    ? -1
    : (pixels[index * 4]! << 16) | (pixels[index * 4 + 1]! << 8) | pixels[index * 4 + 2]!
}

function adjacent(
  place: (column: number, row: number) => { x: number; y: number },
  column: number,
  row: number,
  side: number
): boolean {
  return Math.abs(place(column, row).x - place(column - 1, row).x - side) < 1e-6
}
