import { isolated } from '@shared/isolated'
import { inkOn } from './colorScale'
import { strength, type AttentionFocus, type AttentionMap, type AttentionUnit } from './attentionMap'
import { columnCentre, labelGap, rowCentre, visibleCells, type MatrixLayout } from './attentionMatrixLayout'
import { fitText } from './canvasText'

export type Rgb = readonly [number, number, number]

export interface MatrixColours {
  text: string
  muted: string
  faint: string
  border: string
  surface: string
  focus: string
  ring: string
}

export type MatrixContext = Pick<
  CanvasRenderingContext2D,
  | 'save'
  | 'restore'
  | 'beginPath'
  | 'rect'
  | 'clip'
  | 'drawImage'
  | 'fillRect'
  | 'strokeRect'
  | 'fillText'
  | 'measureText'
  | 'translate'
  | 'rotate'
  | 'arc'
  | 'stroke'
  | 'imageSmoothingEnabled'
  | 'fillStyle'
  | 'strokeStyle'
  | 'lineWidth'
  | 'font'
  | 'textAlign'
  | 'textBaseline'
  | 'globalAlpha'
>

/**
 * One pixel a cell, [size, size] RGBA; what the threshold keeps back is transparent. A single map takes its colours
 * from `table` (256 RGBA entries); of several, each cell shows the map with the largest weight, in that map's colour
 * over `ground`.
 */
export function matrixPixels(
  maps: readonly AttentionMap[],
  largest: number,
  table: Uint8ClampedArray,
  colours: readonly Rgb[],
  ground: Rgb
): Uint8ClampedArray<ArrayBuffer> {
  const size = maps[0]?.size ?? 0
  const pixels = new Uint8ClampedArray(size * size * 4)
  for (let query = 0; query < size; query++) {
    for (let key = 0; key < size; key++) {
      const winner = strongestMap(maps, query, key)
      if (winner < 0) continue
      const index = query * size + key
      const share = strength(maps[winner]!.weights[index]!, largest)
      const entry = Math.round(share * 255) * 4
      for (let channel = 0; channel < 3; channel++) {
        const from = ground[channel]!
        pixels[index * 4 + channel] =
          maps.length === 1 ? table[entry + channel]! : Math.round(from + (colours[winner]![channel]! - from) * share)
      }
      pixels[index * 4 + 3] = 255
    }
  }
  return pixels
}

/** Index of the map with the largest drawn weight at a cell; -1 where none is drawn. */
export function strongestMap(maps: readonly AttentionMap[], query: number, key: number): number {
  let winner = -1
  let most = 0
  for (let index = 0; index < maps.length; index++) {
    const { weights, cuts, size } = maps[index]!
    const weight = weights[query * size + key]!
    if (weight > most && weight >= cuts[query]!) {
      most = weight
      winner = index
    }
  }
  return winner
}

/** The cells, from a picture of one pixel a cell. */
export function drawCells(
  context: MatrixContext,
  image: CanvasImageSource,
  layout: MatrixLayout,
  colours: MatrixColours
): void {
  const { left, top, cell, size, scrollLeft, scrollTop } = layout
  const { firstRow, lastRow, firstColumn, lastColumn } = visibleCells(layout)
  const columns = lastColumn - firstColumn + 1
  const rows = lastRow - firstRow + 1
  if (columns <= 0 || rows <= 0) return
  const x = left + firstColumn * cell - scrollLeft
  const y = top + firstRow * cell - scrollTop
  context.save()
  clipToCells(context, layout)
  // Cells smaller than a pixel have to share it: without smoothing most of them would be left out.
  context.imageSmoothingEnabled = cell < 1
  context.drawImage(image, firstColumn, firstRow, columns, rows, x, y, columns * cell, rows * cell)
  if (cell >= 10) {
    context.fillStyle = colours.surface
    for (let column = 1; column < columns; column++) context.fillRect(x + column * cell - 0.5, y, 1, rows * cell)
    for (let row = 1; row < rows; row++) context.fillRect(x, y + row * cell - 0.5, columns * cell, 1)
  }
  context.restore()
  context.save()
  context.strokeStyle = colours.border
  context.lineWidth = 1
  context.strokeRect(
    left - 0.5,
    top - 0.5,
    Math.min(size * cell, layout.width - left) + 1,
    Math.min(size * cell, layout.height - top) + 1
  )
  context.restore()
}

/** Weights in hundredths, written into cells that have room for them. */
export function drawValues(
  context: MatrixContext,
  maps: readonly AttentionMap[],
  pixels: Uint8ClampedArray,
  layout: MatrixLayout,
  family: string
): void {
  if (layout.cell < 27) return
  const { firstRow, lastRow, firstColumn, lastColumn } = visibleCells(layout)
  context.save()
  clipToCells(context, layout)
  context.font = `500 9.5px ${family}`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  for (let query = firstRow; query <= lastRow; query++) {
    for (let key = firstColumn; key <= lastColumn; key++) {
      const winner = strongestMap(maps, query, key)
      if (winner < 0) continue
      const index = query * layout.size + key
      const text = hundredths(maps[winner]!.weights[index]!)
      if (!text) continue
      context.fillStyle = inkOn([pixels[index * 4]!, pixels[index * 4 + 1]!, pixels[index * 4 + 2]!])
      context.fillText(text, columnCentre(layout, key), rowCentre(layout, query) + 0.5)
    }
  }
  context.restore()
}

/** '.42' for 0.42; nothing below half a hundredth. */
export function hundredths(weight: number): string {
  const rounded = Math.round(weight * 100)
  return rounded === 0 ? '' : rounded >= 100 ? '1' : `.${String(rounded).padStart(2, '0')}`
}

export interface MatrixMark {
  /** Highlighted label, on either side. */
  query: number | null
  key: number | null
}

export function drawLabels(
  context: MatrixContext,
  units: readonly AttentionUnit[],
  layout: MatrixLayout,
  colours: MatrixColours,
  family: string,
  mark: MatrixMark
): void {
  const { firstRow, lastRow, firstColumn, lastColumn } = visibleCells(layout)
  context.save()
  context.textBaseline = 'middle'
  if (layout.angle === 0) {
    drawPositions(context, layout, colours, family)
    context.restore()
    return
  }
  const room = layout.left - labelGap - 2
  context.save()
  context.beginPath()
  context.rect(0, layout.top, layout.left, layout.height - layout.top)
  context.clip()
  context.textAlign = 'right'
  for (let row = firstRow; row <= lastRow; row++) {
    labelStyle(context, units[row]!, row === mark.query, layout, colours, family)
    context.fillText(isolated(fitText(context, units[row]!.text, room)), layout.left - labelGap, rowCentre(layout, row))
  }
  context.restore()
  context.beginPath()
  context.rect(layout.left - 2, 0, layout.width - layout.left + 2, layout.top)
  context.clip()
  const radians = (layout.angle * Math.PI) / 180
  const length = (layout.top - labelGap - 4) / Math.sin(radians)
  context.textAlign = 'left'
  for (let column = firstColumn; column <= lastColumn; column++) {
    labelStyle(context, units[column]!, column === mark.key, layout, colours, family)
    context.save()
    context.translate(columnCentre(layout, column), layout.top - labelGap)
    context.rotate(-radians)
    context.fillText(isolated(fitText(context, units[column]!.text, length)), 0, 0)
    context.restore()
  }
  context.restore()
}

function labelStyle(
  context: MatrixContext,
  unit: AttentionUnit,
  marked: boolean,
  layout: MatrixLayout,
  colours: MatrixColours,
  family: string
): void {
  context.font = `${marked ? 650 : 400} ${layout.fontSize}px ${family}`
  context.fillStyle = marked ? colours.text : unit.special ? colours.faint : colours.muted
}

/** Numbers from 1 along both sides, where cells are too small for labels. */
function drawPositions(context: MatrixContext, layout: MatrixLayout, colours: MatrixColours, family: string): void {
  const step = [5, 10, 20, 50, 100, 200].find((candidate) => candidate * layout.cell >= 34) ?? 500
  const { firstRow, lastRow, firstColumn, lastColumn } = visibleCells(layout)
  context.font = `400 10px ${family}`
  context.fillStyle = colours.faint
  context.textAlign = 'right'
  for (let row = firstRow; row <= lastRow; row++)
    if ((row + 1) % step === 0) context.fillText(String(row + 1), layout.left - labelGap, rowCentre(layout, row))
  context.textAlign = 'center'
  for (let column = firstColumn; column <= lastColumn; column++) {
    if ((column + 1) % step === 0) context.fillText(String(column + 1), columnCentre(layout, column), layout.top - 9)
  }
}

/** Outlines of the row or column in focus and of the cell under the pointer. */
export function drawCrosshair(
  context: MatrixContext,
  layout: MatrixLayout,
  focus: AttentionFocus | null,
  cell: { query: number; key: number } | null,
  colours: MatrixColours
): void {
  const side = layout.size * layout.cell
  context.save()
  clipToCells(context, layout)
  context.strokeStyle = colours.focus
  context.fillStyle = colours.text
  const band = (unit: number, horizontal: boolean): void => {
    const along = (horizontal ? layout.top - layout.scrollTop : layout.left - layout.scrollLeft) + unit * layout.cell
    context.globalAlpha = layout.cell < 4 ? 0.35 : 0.08
    if (horizontal) context.fillRect(layout.left, along, Math.min(side, layout.width), layout.cell)
    else context.fillRect(along, layout.top, layout.cell, Math.min(side, layout.height))
  }
  if (cell) {
    band(cell.query, true)
    band(cell.key, false)
  }
  context.globalAlpha = 1
  context.lineWidth = 1.5
  if (focus) {
    const along = focus.unit * layout.cell
    const thick = Math.max(layout.cell, 2)
    if (focus.side === 'query')
      context.strokeRect(layout.left - layout.scrollLeft, layout.top + along - layout.scrollTop, side, thick)
    else context.strokeRect(layout.left + along - layout.scrollLeft, layout.top - layout.scrollTop, thick, side)
  }
  if (cell) {
    context.strokeRect(
      layout.left + cell.key * layout.cell - layout.scrollLeft,
      layout.top + cell.query * layout.cell - layout.scrollTop,
      Math.max(layout.cell, 2),
      Math.max(layout.cell, 2)
    )
  }
  context.restore()
}

/** A ring in each of the given cells, for example each word's gold head. */
export function drawCellRings(
  context: MatrixContext,
  cells: readonly { query: number; key: number }[],
  layout: MatrixLayout,
  colours: MatrixColours
): void {
  if (layout.cell < 6) return
  const { firstRow, lastRow, firstColumn, lastColumn } = visibleCells(layout)
  context.save()
  clipToCells(context, layout)
  context.strokeStyle = colours.ring
  context.lineWidth = layout.cell >= 16 ? 1.75 : 1.25
  for (const { query, key } of cells) {
    if (query < firstRow || query > lastRow || key < firstColumn || key > lastColumn) continue
    context.beginPath()
    context.arc(columnCentre(layout, key), rowCentre(layout, query), layout.cell * 0.36, 0, 2 * Math.PI)
    context.stroke()
  }
  context.restore()
}

function clipToCells(context: MatrixContext, layout: MatrixLayout): void {
  context.beginPath()
  context.rect(layout.left - 1, layout.top - 1, layout.width - layout.left + 1, layout.height - layout.top + 1)
  context.clip()
}
