import { drawColourKey } from './colourKey'
import { numberFrom, windowForm, type DrawnForm } from './figureForm'
import { svgElement, svgRoot, textWidth } from './svg'

/** What one cell shows; NaN is drawn as nothing. */
export interface HeadMapCell {
  /** From -1 to 1, the place on the colour scale. */
  shade: number
  /** A dot: the effect differs from chance. */
  clear: boolean
  text: string
}

export interface HeadMapPanel {
  title: string
  note: string
  /** Value at the ends of the scale, as written. */
  ends: readonly [string, string]
  /** By block and column: the heads, then the further columns. */
  cells: readonly (readonly HeadMapCell[])[]
}

export interface HeadMapsOptions {
  panels: readonly HeadMapPanel[]
  layers: number
  heads: number
  /** Columns beside the heads, in groups with a gap before each. */
  further: readonly (readonly string[])[]
  color: (shade: number) => string
  width: number
  chosen: { block: number; column: number } | null
  label: string
  form?: DrawnForm
}

export interface HeadMapsDrawing {
  svg: SVGSVGElement
  /** Cell under a position; null between. */
  at(x: number, y: number): { panel: number; block: number; column: number } | null
}

const fontSize = 11
const left = 26
const top = 46
const bottom = 26
const gap = 8
const between = 26
const cellHeight = 17
const furtherWidth = 27

/**
 * Layers by heads, once for each task, side by side as far as there is room: the same head stands in the same place in
 * every panel.
 */
export function drawHeadMaps(document: Document, options: HeadMapsOptions): HeadMapsDrawing {
  const { panels, layers, heads, further, color, form = windowForm } = options
  const wide = further.reduce((sum, group) => sum + gap + group.length * furtherWidth, 0)
  const headWidth = Math.max(9, Math.min(19, (Math.min(options.width, 560) - left - wide) / heads))
  const places = columnPlaces(heads, headWidth, further)
  const panelWidth = left + places.at(-1)!.x + places.at(-1)!.width
  const across = Math.max(1, Math.min(panels.length, Math.floor((options.width + between) / (panelWidth + between))))
  const panelHeight = top + layers * cellHeight + bottom
  const width = Math.max(options.width, panelWidth)
  const svg = svgRoot(document, width, Math.ceil(panels.length / across) * panelHeight, options.label)
  const origin = (panel: number): { x: number; y: number } => ({
    x: (panel % across) * (panelWidth + between),
    y: Math.floor(panel / across) * panelHeight
  })
  const names = [
    ...Array.from({ length: heads }, (_, head) => numberFrom(form.firstNumber, head + 1)),
    ...further.flat()
  ]
  panels.forEach(({ title, note, ends, cells }, p) => {
    const { x, y } = origin(p)
    const group = svgElement(svg, 'g', { transform: `translate(${x},${y})`, role: 'group', 'aria-label': title })
    svgElement(group, 'text', { x: left, y: 12, 'font-size': 12, 'font-weight': 600, fill: 'var(--text)' }, title)
    svgElement(group, 'text', { x: left, y: 26, 'font-size': 10, fill: 'var(--text-faint)' }, note)
    names.forEach((name, c) => {
      // Every second number where they would touch.
      if (c < heads && headWidth < 15 && c % 2 === 1) return
      svgElement(
        group,
        'text',
        {
          x: left + places[c]!.x + places[c]!.width / 2,
          y: top - 6,
          'text-anchor': 'middle',
          'font-size': 10,
          fill: 'var(--text-faint)'
        },
        name
      )
    })
    for (let block = 0; block < layers; block++) {
      const row = top + (layers - 1 - block) * cellHeight
      svgElement(
        group,
        'text',
        {
          x: left - 6,
          y: row + cellHeight / 2 + 4,
          'text-anchor': 'end',
          'font-size': fontSize,
          fill: 'var(--text-muted)'
        },
        numberFrom(form.firstNumber, block + 1)
      )
      cells[block]!.forEach(({ shade, clear, text }, c) => {
        const place = places[c]!
        const is = options.chosen?.block === block && options.chosen.column === c
        const cell = svgElement(group, 'rect', {
          x: left + place.x + 0.5,
          y: row + 0.5,
          width: place.width - 1,
          height: cellHeight - 1,
          rx: 2,
          fill: Number.isNaN(shade) ? 'var(--surface-2)' : color(shade),
          stroke: is ? 'var(--mark)' : null,
          'stroke-width': is ? 2 : null,
          'data-part': `${block} ${c}`
        })
        svgElement(cell, 'title', {}, text)
        if (clear)
          svgElement(group, 'circle', {
            cx: left + place.x + place.width / 2,
            cy: row + cellHeight / 2,
            r: 1.75,
            fill: 'var(--text)',
            'pointer-events': 'none'
          })
      })
    }
    if (form.legend) drawColourKey(group, left, top + layers * cellHeight + 9, ends, (share) => color(2 * share - 1))
  })
  return {
    svg,
    at(x, y) {
      for (const panel of panels.keys()) {
        const { x: dx, y: dy } = origin(panel)
        const column = places.findIndex((place) => x - dx - left >= place.x && x - dx - left < place.x + place.width)
        const row = Math.floor((y - dy - top) / cellHeight)
        if (column >= 0 && row >= 0 && row < layers) return { panel, block: layers - 1 - row, column }
      }
      return null
    }
  }
}

function columnPlaces(
  heads: number,
  headWidth: number,
  further: readonly (readonly string[])[]
): { x: number; width: number }[] {
  const places = Array.from({ length: heads }, (_, head) => ({ x: head * headWidth, width: headWidth }))
  let x = heads * headWidth
  for (const group of further) {
    x += gap
    for (const name of group) {
      const width = Math.max(furtherWidth, textWidth(name, 10) + 4)
      places.push({ x, width })
      x += width
    }
  }
  return places
}
