import type { ConfusionTable } from './confusionOrder'
import { windowForm, type DrawnForm } from './figureForm'
import { round, svgElement, svgRoot, textWidth, type SvgAttributes } from './svg'

export interface ConfusionCell {
  row: number
  column: number
}

export interface ConfusionMatrixOptions {
  /** Room to fill; the picture grows wider where cells would fall below a readable size. */
  width: number
  /** The tallest the picture may be while its cells stay readable. */
  height: number
  selected: ConfusionCell | null
  format: (share: number) => string
  count: (value: number) => string
  label: string
  form?: DrawnForm
}

export interface ConfusionMatrixDrawing {
  svg: SVGSVGElement
  /** The cell under a position inside the picture; null outside the matrix. */
  cellAt(x: number, y: number): ConfusionCell | null
  /** Left upper corner of a cell. */
  corner(cell: ConfusionCell): { x: number; y: number }
  cellSize: number
}

const smallestCell = 10
const largestCell = 44
const keyWidth = 280
/** 6 points on a page. */
const smallestText = 9.5

/**
 * Gold classes down, predicted ones across, each row as shares of its gold class. What is right (the diagonal) and what
 * is wrong have colours of their own: on one scale every mistake of a good probe would be invisible beside its
 * diagonal. Mistakes are coloured by the square root of their share of the largest cell drawn, which the key names.
 */
export function drawConfusionMatrix(
  document: Document,
  table: ConfusionTable,
  options: ConfusionMatrixOptions
): ConfusionMatrixDrawing {
  const size = table.labels.length
  const { form = windowForm } = options
  const widest = (texts: readonly string[], fontSize: number): number =>
    Math.max(...texts.map((text) => textWidth(text, fontSize)))
  const labels = table.labels.map(shortLabel)
  const totals = Array.from(table.rowTotals, options.count)
  const room = (fontSize: number): { left: number; top: number; right: number } => {
    const names = widest([...labels, 'gold ↓'], fontSize) + 8
    return {
      left: names,
      top: names + 16,
      right: 8 + widest([...totals, 'n'], fontSize) + 14 + widest(['100.0 %', 'recall'], fontSize)
    }
  }
  const fitting = (fontSize: number): number => {
    const edges = room(fontSize)
    return Math.floor(
      Math.min((options.width - edges.left - edges.right) / size, (options.height - edges.top - 26) / size)
    )
  }
  const fontSize = fitting(11) >= 13 ? 11 : smallestText
  const cell = Math.min(largestCell, Math.max(smallestCell, fitting(fontSize)))
  const { left, top, right } = room(fontSize)
  const side = cell * size
  const svg = svgRoot(
    document,
    Math.max(keyWidth + left, Math.round(left + side + right)),
    Math.round(top + side + 26),
    options.label
  )

  drawLabels(svg, table, { left, top, side, cell, fontSize }, options)
  const largest = drawCells(svg, table, { left, top, cell, fontSize })
  svgElement(svg, 'rect', { x: left, y: top, width: side, height: side, fill: 'none', stroke: 'var(--border)' })
  if (options.selected) {
    const { row, column } = options.selected
    svgElement(svg, 'rect', {
      x: left + column * cell,
      y: top + row * cell,
      width: cell,
      height: cell,
      fill: 'none',
      stroke: 'var(--text)',
      'stroke-width': 2,
      'data-part': 'selected'
    })
  }
  if (form.legend) drawKey(svg, { x: left, y: top + side + 8 }, largest, options.format)
  return {
    svg,
    cellSize: cell,
    corner: ({ row, column }) => ({ x: left + column * cell, y: top + row * cell }),
    cellAt: (x, y) => {
      const column = Math.floor((x - left) / cell)
      const row = Math.floor((y - top) / cell)
      return row >= 0 && row < size && column >= 0 && column < size ? { row, column } : null
    }
  }
}

function shortLabel(label: string): string {
  return label.length > 18 ? `${label.slice(0, 17)}…` : label
}

interface Frame {
  left: number
  top: number
  cell: number
  fontSize: number
}

function drawLabels(
  svg: SVGSVGElement,
  table: ConfusionTable,
  frame: Frame & { side: number },
  options: ConfusionMatrixOptions
): void {
  const { left, top, side, cell, fontSize } = frame
  const size = table.labels.length
  const group = svgElement(svg, 'g', { 'font-size': fontSize })
  const text = (attributes: SvgAttributes, content: string): void => {
    svgElement(group, 'text', { 'font-size': fontSize, fill: 'var(--text-muted)', ...attributes }, content)
  }
  text({ x: left, y: 10, fill: 'var(--text-faint)' }, 'predicted →')
  text({ x: left - 6, y: top - 6, 'text-anchor': 'end', fill: 'var(--text-faint)' }, 'gold ↓')
  text({ x: left + side + 8, y: top - 6, fill: 'var(--text-faint)' }, 'n')
  text({ x: Number(svg.getAttribute('width')), y: top - 6, 'text-anchor': 'end', fill: 'var(--text-faint)' }, 'recall')
  const end = Number(svg.getAttribute('width'))
  table.labels.forEach((label, index) => {
    const middle = (index + 0.5) * cell
    const strong = options.selected
    const row = strong?.row === index ? { fill: 'var(--text)', 'font-weight': 650 } : {}
    const column = strong?.column === index ? { fill: 'var(--text)', 'font-weight': 650 } : {}
    const short = shortLabel(label)
    text({ x: left - 6, y: top + middle + fontSize * 0.35, 'text-anchor': 'end', 'data-gold': label, ...row }, short)
    text(
      {
        transform: `translate(${round(left + middle + fontSize * 0.35)},${round(top - 6)}) rotate(-90)`,
        'data-predicted': label,
        ...column
      },
      short
    )
    const total = table.rowTotals[index]!
    text({ x: left + side + 8, y: top + middle + fontSize * 0.35, ...row }, options.count(total))
    const right = total > 0 ? options.format(table.counts[index * size + index]! / total) : '–'
    text({ x: end, y: top + middle + fontSize * 0.35, 'text-anchor': 'end', ...row }, right)
  })
}

/** @returns the largest share of a row that goes to one wrong class */
function drawCells(svg: SVGSVGElement, table: ConfusionTable, frame: Frame): number {
  const { left, top, cell, fontSize } = frame
  const size = table.labels.length
  const share = (row: number, column: number): number =>
    table.rowTotals[row]! > 0 ? table.counts[row * size + column]! / table.rowTotals[row]! : 0
  let largest = 0
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) if (row !== column) largest = Math.max(largest, share(row, column))
  }
  if (largest === 0) largest = 1
  const group = svgElement(svg, 'g', {})
  const gap = cell >= 16 ? 1 : 0.5
  for (let row = 0; row < size; row++) {
    svgElement(group, 'rect', {
      x: left + row * cell + gap / 2,
      y: top + row * cell + gap / 2,
      width: cell - gap,
      height: cell - gap,
      fill: 'var(--surface-2)'
    })
    for (let column = 0; column < size; column++) {
      const value = share(row, column)
      if (value === 0) continue
      const right = row === column
      const strength = right ? value : Math.min(1, Math.sqrt(value / largest))
      svgElement(group, 'rect', {
        x: left + column * cell + gap / 2,
        y: top + row * cell + gap / 2,
        width: cell - gap,
        height: cell - gap,
        fill: right ? 'var(--accent)' : 'var(--mark)',
        'fill-opacity': Math.max(0.1, strength),
        'data-cell': `${row},${column}`
      })
      if (cell < 24 || value < 0.005) continue
      svgElement(
        group,
        'text',
        {
          x: left + (column + 0.5) * cell,
          y: top + (row + 0.5) * cell + fontSize * 0.35,
          'text-anchor': 'middle',
          'font-size': fontSize,
          fill: strength > 0.55 ? 'var(--on-accent)' : 'var(--text)'
        },
        String(Math.round(value * 100))
      )
    }
  }
  return largest
}

function drawKey(
  svg: SVGSVGElement,
  at: { x: number; y: number },
  largest: number,
  format: (share: number) => string
): void {
  const group = svgElement(svg, 'g', { 'data-part': 'key' })
  const bar = (x: number, colour: string, strength: (t: number) => number, title: string): number => {
    for (let i = 0; i < 6; i++)
      svgElement(group, 'rect', {
        x: x + i * 8,
        y: at.y,
        width: 8,
        height: 9,
        fill: colour,
        'fill-opacity': strength((i + 1) / 6)
      })
    svgElement(group, 'text', { x: x + 54, y: at.y + 8.5, 'font-size': 10, fill: 'var(--text-faint)' }, title)
    return x + 54 + textWidth(title, 10) + 16
  }
  const next = bar(at.x, 'var(--accent)', (t) => t, 'right, to 100 %')
  bar(next, 'var(--mark)', (t) => Math.sqrt(t), `wrong, to ${format(largest)}`)
}
