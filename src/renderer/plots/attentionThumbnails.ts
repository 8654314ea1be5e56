/** The grid of small attention maps: a row a layer, a column a head. Positions are CSS pixels. */
export interface ThumbnailLayout {
  layers: number
  heads: number
  /** Side of a map and the space between two. */
  cell: number
  gap: number
  /** Room for layer numbers on the left and head numbers on top. */
  left: number
  top: number
  width: number
  height: number
}

const smallestCell = 18
const largestCell = 44

/**
 * Maps as large as the width allows (and the height, where the grid then still is easy to read); more heads than fit
 * are scrolled to.
 */
export function thumbnailLayout(
  layers: number,
  heads: number,
  room: { width: number; height: number | null }
): ThumbnailLayout {
  const left = 24
  const top = 18
  const gap = 3
  const byWidth = Math.floor((room.width - left - 2) / heads) - gap
  const byHeight = room.height === null ? largestCell : Math.floor((room.height - top - 2) / layers) - gap
  const cell = Math.min(largestCell, Math.max(smallestCell, Math.min(byWidth, Math.max(byHeight, smallestCell + 4))))
  return {
    layers,
    heads,
    cell,
    gap,
    left,
    top,
    width: left + heads * (cell + gap),
    height: top + layers * (cell + gap)
  }
}

/** Left upper corner of the map in row `row` and column `column`. */
export function thumbnailCorner(layout: ThumbnailLayout, row: number, column: number): { x: number; y: number } {
  return { x: layout.left + column * (layout.cell + layout.gap), y: layout.top + row * (layout.cell + layout.gap) }
}

/**
 * Heads of each layer in the order they are shown: by number, or the most focused (lowest mean entropy) first.
 * @returns [layers, heads]: the head shown in each column
 */
export function headOrder(
  entropy: Float32Array,
  layers: number,
  heads: number,
  order: 'number' | 'entropy'
): Int32Array {
  const result = new Int32Array(layers * heads)
  for (let layer = 0; layer < layers; layer++) {
    const row = Array.from({ length: heads }, (_, head) => head)
    if (order === 'entropy') row.sort((a, b) => entropy[layer * heads + a]! - entropy[layer * heads + b]! || a - b)
    result.set(row, layer * heads)
  }
  return result
}

/**
 * One picture of all maps next to each other, [layers x size, heads x size] RGBA: one canvas and one call draw the grid
 * from it.
 * @param thumbnails [layers, heads, size, size], 255 for a map's largest weight
 * @param table 256 RGBA entries
 * @param largest [layers, heads]: the largest weight of each map, for one scale from 0 to 1 over all of them; without
 * it each map has its own scale, up to its largest weight
 */
export function thumbnailPixels(
  thumbnails: Uint8Array,
  layers: number,
  heads: number,
  size: number,
  order: Int32Array,
  table: Uint8ClampedArray,
  largest: Float32Array | null = null
): Uint8ClampedArray<ArrayBuffer> {
  const stride = heads * size
  const pixels = new Uint8ClampedArray(layers * size * stride * 4)
  for (let layer = 0; layer < layers; layer++) {
    for (let column = 0; column < heads; column++) {
      const map = layer * heads + order[layer * heads + column]!
      const source = map * size * size
      const scale = largest ? largest[map]! : 1
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < size; x++) {
          const entry = thumbnailEntry(thumbnails[source + y * size + x]! * scale) * 4
          pixels.set(table.subarray(entry, entry + 4), ((layer * size + y) * stride + column * size + x) * 4)
        }
      }
    }
  }
  return pixels
}

/** Position of a thumbnail's value on the colour scale: the square root of its share, as everywhere in this view. */
export function thumbnailEntry(value: number): number {
  return Math.round(Math.sqrt(value / 255) * 255)
}

/**
 * From 0 (every word looks at one other only) to 1 (attention spread evenly): mean entropy as a share of the most there
 * can be.
 */
export function spread(entropy: number, tokens: number): number {
  return tokens > 1 ? Math.min(1, Math.max(0, entropy / Math.log2(tokens))) : 0
}

export type ThumbnailContext = Pick<
  CanvasRenderingContext2D,
  | 'save'
  | 'restore'
  | 'drawImage'
  | 'imageSmoothingEnabled'
  | 'fillRect'
  | 'strokeRect'
  | 'fillText'
  | 'fillStyle'
  | 'strokeStyle'
  | 'lineWidth'
  | 'font'
  | 'textAlign'
  | 'textBaseline'
>

export interface ThumbnailColours {
  faint: string
  border: string
}

/** Maps, from the picture `thumbnailPixels` makes. */
export function drawThumbnails(
  context: ThumbnailContext,
  image: CanvasImageSource,
  size: number,
  layout: ThumbnailLayout,
  colours: ThumbnailColours
): void {
  context.save()
  context.imageSmoothingEnabled = false
  context.strokeStyle = colours.border
  context.lineWidth = 1
  for (let row = 0; row < layout.layers; row++) {
    for (let column = 0; column < layout.heads; column++) {
      const { x, y } = thumbnailCorner(layout, row, column)
      context.drawImage(image, column * size, row * size, size, size, x, y, layout.cell, layout.cell)
      context.strokeRect(x - 0.5, y - 0.5, layout.cell + 1, layout.cell + 1)
    }
  }
  context.restore()
}

/**
 * One plain colour a head: dark where it is focused, light where it is diffuse, with its entropy in bits where there is
 * room.
 */
export function drawEntropies(
  context: ThumbnailContext,
  entropy: Float32Array,
  order: Int32Array,
  layout: ThumbnailLayout,
  colours: ThumbnailColours,
  cellColours: (layer: number, head: number) => { fill: string; ink: string },
  family: string
): void {
  context.save()
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.lineWidth = 1
  context.strokeStyle = colours.border
  context.font = `500 ${layout.cell >= 30 ? 11 : 9.5}px ${family}`
  for (let row = 0; row < layout.layers; row++) {
    for (let column = 0; column < layout.heads; column++) {
      const head = order[row * layout.heads + column]!
      const { x, y } = thumbnailCorner(layout, row, column)
      const { fill, ink } = cellColours(row, head)
      context.fillStyle = fill
      context.fillRect(x, y, layout.cell, layout.cell)
      context.strokeRect(x - 0.5, y - 0.5, layout.cell + 1, layout.cell + 1)
      if (layout.cell < 21) continue
      context.fillStyle = ink
      context.fillText(entropy[row * layout.heads + head]!.toFixed(1), x + layout.cell / 2, y + layout.cell / 2 + 0.5)
    }
  }
  context.restore()
}

/** Numbers of layers and heads, from 1; with heads sorted, the columns say what they are sorted by instead. */
export function drawThumbnailLabels(
  context: ThumbnailContext,
  layout: ThumbnailLayout,
  sorted: boolean,
  colours: ThumbnailColours,
  family: string
): void {
  context.save()
  context.font = `500 10px ${family}`
  context.fillStyle = colours.faint
  context.textBaseline = 'middle'
  context.textAlign = 'right'
  for (let row = 0; row < layout.layers; row++) {
    context.fillText(String(row + 1), layout.left - 7, thumbnailCorner(layout, row, 0).y + layout.cell / 2 + 0.5)
  }
  if (sorted) {
    context.textAlign = 'left'
    context.fillText('focused', layout.left, layout.top - 9)
    context.textAlign = 'right'
    context.fillText('diffuse', layout.width - layout.gap, layout.top - 9)
  } else {
    context.textAlign = 'center'
    for (let column = 0; column < layout.heads; column++) {
      context.fillText(String(column + 1), thumbnailCorner(layout, 0, column).x + layout.cell / 2, layout.top - 9)
    }
  }
  context.restore()
}
