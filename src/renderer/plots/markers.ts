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
