/** The grid of large maps: a row a layer, a column a head, a caption under each. In CSS pixels. */
export interface TileLayout {
  layers: number
  heads: number
  /** Side of a map, and from one row of tiles to the next, caption included. */
  side: number
  pitch: number
  gap: number
  width: number
  height: number
}

const smallest = 76
const largest = 190
const gap = 8
/** Two lines of a caption, and room below them. */
const caption = 41

/** Maps as large as the width allows; more heads than fit are scrolled to. */
export function tileLayout(layers: number, heads: number, width: number): TileLayout {
  const byWidth = Math.floor((width - 14) / Math.max(1, heads)) - gap
  const side = Math.min(largest, Math.max(smallest, byWidth))
  const pitch = side + caption
  return { layers, heads, side, pitch, gap, width: heads * (side + gap) + 4, height: layers * pitch + 4 }
}

/** Left upper corner of a map. */
export function tileCorner({ side, pitch, gap }: TileLayout, row: number, column: number): { x: number; y: number } {
  return { x: 3 + column * (side + gap), y: 3 + row * pitch }
}
