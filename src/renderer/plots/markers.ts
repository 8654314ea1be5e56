import {
  symbol,
  symbolCircle,
  symbolDiamond,
  symbolSquare,
  symbolStar,
  symbolTriangle,
  symbolWye,
  type SymbolType
} from 'd3-shape'

/** Shapes that distinguish lines where colour cannot: in print, and for readers who see few colours. */
export type MarkerName = 'circle' | 'square' | 'triangle' | 'diamond' | 'star' | 'wye'

/** Colour and marker of one thing among several, in its lines and wherever it is named. */
export interface SeriesLook {
  colour: string
  marker: MarkerName
}

const shapes: Record<MarkerName, SymbolType> = {
  circle: symbolCircle,
  square: symbolSquare,
  triangle: symbolTriangle,
  diamond: symbolDiamond,
  star: symbolStar,
  wye: symbolWye
}

export const markerNames = Object.keys(shapes) as MarkerName[]

/** Outline of a marker around the origin; `area` in square pixels, so that all shapes weigh the same. */
export function markerPath(name: MarkerName, area: number): string {
  return symbol(shapes[name], area).digits(2)() ?? ''
}

/** The marker of a class by its place among the classes; things without a class are circles. */
export function classMarker(id: number): MarkerName {
  return markerNames[Math.max(0, id) % markerNames.length]!
}

/**
 * Corners of a marker around the origin for a canvas that draws thousands of them.
 * @returns x and y of each corner in turn; null for the circle
 */
export function markerCorners(name: MarkerName, area: number): Float32Array | null {
  if (name === 'circle') return null
  return Float32Array.from([...markerPath(name, area).matchAll(/([MLHVhv])([^A-Za-z]*)/g)].reduce<number[]>(corner, []))
}

/** Adds the corner at which one command of a path ends. */
function corner(corners: number[], [, command, numbers]: readonly string[]): number[] {
  const [x = 0, y = 0] = corners.slice(-2)
  const [first = 0, second = 0] = (numbers ?? '').split(',').map(Number)
  const ends = {
    M: [first, second],
    L: [first, second],
    H: [first, y],
    V: [x, first],
    h: [x + first, y],
    v: [x, y + first]
  }
  return [...corners, ...ends[command as keyof typeof ends]]
}
