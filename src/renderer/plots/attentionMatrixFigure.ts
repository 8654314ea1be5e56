import { cellPaths } from './attentionCellPaths'
import {
  clip,
  drawHeading,
  headingHeight,
  headingWithin,
  measure,
  significant,
  type FigureTitle
} from './attentionFigure'
import { hundredths, strongestMap } from './attentionMatrix'
import type { AttentionMap, AttentionUnit } from './attentionMap'
import { inkOn } from './colorScale'
import { round, svgElement, svgRoot } from './svg'

export interface MatrixFigure {
  units: readonly AttentionUnit[]
  maps: readonly AttentionMap[]
  /** One pixel a cell, as the matrix on screen. */
  pixels: Uint8ClampedArray
  /** 256 RGBA entries of the colour scale; the scale is drawn for a single map only. */
  table: Uint8ClampedArray
  largest: number
  rings: readonly { query: number; key: number }[]
  heading: FigureTitle
  /** Of the page. */
  width: number
  /** Whether the scale of colours is explained. */
  legend: boolean
}

/**
 * The heat map as vectors, with labels as text. Where the width leaves labels no room, positions take their place.
 */
export function drawMatrixFigure(document: Document, figure: MatrixFigure): SVGSVGElement {
  const { units, maps, width } = figure
  const heading = headingWithin(width, figure.heading)
  const count = units.length
  const cell = cellWithin(width, units)
  const fontSize = cell >= 16 ? 11 : smallestText
  const labelled = cell >= smallestText
  const longest = labelled ? longestName(units, fontSize) : 26
  const left = longest + 14
  const top = headingHeight(heading) + longest + 12
  const side = count * cell
  const keyed = maps.length === 1 && figure.legend
  const svg = svgRoot(document, width, top + side + (keyed ? 60 : 14), heading.title)
  drawHeading(svg, heading)

  const cells = svgElement(svg, 'g', { 'data-part': 'cells' })
  const gap = cell >= 11 ? 1 : 0
  const paths = cellPaths(
    figure.pixels,
    count,
    count,
    (column, row) => ({ x: left + column * cell, y: top + row * cell }),
    cell
  )
  for (const { colour, d } of paths) svgElement(cells, 'path', { d, fill: colour })
  if (gap > 0) drawGaps(svg, { left, top, side, cell, count })
  svgElement(svg, 'rect', { x: left, y: top, width: side, height: side, fill: 'none', stroke: 'var(--border-strong)' })
  if (cell >= 28) drawValues(svg, figure, { left, top, cell })
  for (const { query, key } of figure.rings) {
    svgElement(svg, 'circle', {
      cx: left + (key + 0.5) * cell,
      cy: top + (query + 0.5) * cell,
      r: cell * 0.36,
      fill: 'none',
      stroke: 'var(--mark)',
      'stroke-width': cell >= 16 ? 1.75 : 1
    })
  }
  drawAxes(svg, units, Math.ceil(20 / cell / 5) * 5, { left, top, cell, fontSize, labelled, longest })
  if (keyed) drawKey(svg, figure, { x: left, y: top + side + 14 })
  return svg
}

/** 6 points on a page. */
const smallestText = 9.5

function longestName(units: readonly AttentionUnit[], fontSize: number): number {
  return Math.min(120, Math.max(30, ...units.map((unit) => measure(unit.text, fontSize))))
}

/** The largest cell with which the matrix and the names of its rows fit a page. */
function cellWithin(width: number, units: readonly AttentionUnit[]): number {
  const named = (width - longestName(units, 11) - 28) / units.length
  return Math.min(28, named >= smallestText ? named : (width - 54) / units.length)
}

interface Frame {
  left: number
  top: number
  cell: number
}

function drawGaps(svg: SVGSVGElement, { left, top, side, cell, count }: Frame & { side: number; count: number }): void {
  let d = ''
  for (let i = 1; i < count; i++) {
    d += `M${round(left + i * cell)},${round(top)}v${round(side)}`
    d += `M${round(left)},${round(top + i * cell)}h${round(side)}`
  }
  svgElement(svg, 'path', { d, fill: 'none', stroke: 'var(--surface)', 'stroke-width': 1 })
}

function drawValues(svg: SVGSVGElement, { maps, pixels, units }: MatrixFigure, { left, top, cell }: Frame): void {
  const group = svgElement(svg, 'g', { 'data-part': 'values' })
  for (let query = 0; query < units.length; query++) {
    for (let key = 0; key < units.length; key++) {
      const winner = strongestMap(maps, query, key)
      const index = query * units.length + key
      const text = winner < 0 ? '' : hundredths(maps[winner]!.weights[index]!)
      if (!text) continue
      const ink = inkOn([pixels[index * 4]!, pixels[index * 4 + 1]!, pixels[index * 4 + 2]!])
      svgElement(
        group,
        'text',
        {
          x: left + (key + 0.5) * cell,
          y: top + (query + 0.5) * cell + 3.3,
          'font-size': 9.5,
          'text-anchor': 'middle',
          fill: ink
        },
        text
      )
    }
  }
}

function drawAxes(
  svg: SVGSVGElement,
  units: readonly AttentionUnit[],
  /** Positions are written every so often where units are too small for their names. */
  every: number,
  frame: Frame & { fontSize: number; labelled: boolean; longest: number }
): void {
  const { left, top, cell, fontSize, labelled, longest } = frame
  const group = svgElement(svg, 'g', { 'data-part': 'labels' })
  units.forEach((unit, index) => {
    if (!labelled && (index + 1) % every !== 0) return
    const text = labelled ? clip(unit.text, longest + 1, fontSize) : String(index + 1)
    const fill = unit.special ? 'var(--text-faint)' : 'var(--text)'
    const middle = (index + 0.5) * cell
    svgElement(
      group,
      'text',
      { x: left - 6, y: top + middle + fontSize * 0.35, 'font-size': fontSize, 'text-anchor': 'end', fill },
      text
    )
    svgElement(
      group,
      'text',
      {
        transform: `translate(${round(left + middle + fontSize * 0.35)},${round(top - 6)}) rotate(-90)`,
        'font-size': fontSize,
        fill
      },
      text
    )
  })
}

function drawKey(svg: SVGSVGElement, { table, largest }: MatrixFigure, at: { x: number; y: number }): void {
  const group = svgElement(svg, 'g', { 'data-part': 'key' })
  const steps = 28
  for (let i = 0; i < steps; i++) {
    const entry = Math.round((i / (steps - 1)) * 255) * 4
    svgElement(group, 'rect', {
      x: at.x + i * 4,
      y: at.y,
      width: 4.2,
      height: 8,
      fill: `rgb(${table[entry]}, ${table[entry + 1]}, ${table[entry + 2]})`
    })
  }
  // The colour runs with the square root of the weight: its middle is a quarter of the largest.
  for (const part of [0, 0.5, 1]) {
    svgElement(
      group,
      'text',
      {
        x: at.x + part * steps * 4,
        y: at.y + 20,
        'font-size': 9.5,
        'text-anchor': 'middle',
        fill: 'var(--text-muted)'
      },
      String(Number(significant(part * part * largest).toPrecision(2)))
    )
  }
  svgElement(
    group,
    'text',
    { x: at.x, y: at.y + 35, 'font-size': 9.5, fill: 'var(--text-muted)' },
    'attention weight; rows attend to columns'
  )
}
