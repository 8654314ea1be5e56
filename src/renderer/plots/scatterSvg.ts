import { drawLabelsBelow } from './endLabels'
import type { FigureForm } from './figureForm'
import { classMarker, markerCorners, type MarkerName } from './markers'
import { notesSvg, type ScatterNotes } from './scatterNotes'
import { toScreen, type ScatterPoints, type ScatterStyle, type ScatterView } from './scatter'
import { round, svgElement, svgRoot } from './svg'

export interface ScatterLegendEntry {
  id: number
  title: string
  marker: MarkerName
  count: number
}

/** As it is on screen. */
export interface ScatterPicture {
  view: ScatterView
  style: Pick<ScatterStyle, 'radius' | 'dimmed' | 'dimmedAlpha'>
  width: number
  height: number
  /** Names of groups and outlines over the points. */
  notes?: ScatterNotes
}

export interface ScatterFigure {
  form: FigureForm
  colourOf: (id: number) => string
  legend: readonly ScatterLegendEntry[]
  label: string
  className: (id: number) => string
}

/** Below this they are dust on paper. */
const smallestRadius = 1

/**
 * The part of a scatter that is in view, as vectors with its legend: one path a class, so that a figure can be edited
 * class by class, and 100,000 points are a few elements.
 */
export function scatterSvg(
  document: Document,
  points: ScatterPoints,
  { view, style, width, height, notes }: ScatterPicture,
  { form, colourOf, legend, label, className }: ScatterFigure
): SVGSVGElement {
  const scale = form.width / width
  const radius = Math.max(smallestRadius, style.radius * scale)
  const svg = svgRoot(document, form.width, height * scale, label)
  const plot = svgElement(svg, 'g', { 'fill-opacity': 0.85 })
  const paths = new Map<string, { id: number; dimmed: boolean; d: string[] }>()
  for (let i = 0; i < points.classes.length; i++) {
    const [x, y] = toScreen(view, points.positions[2 * i]!, points.positions[2 * i + 1]!)
    if (x < 0 || y < 0 || x > width || y > height) continue
    const id = points.classes[i]!
    const dimmed = style.dimmed?.[i] === 1
    const key = `${id} ${dimmed}`
    const path = paths.get(key) ?? { id, dimmed, d: [] }
    paths.set(key, path)
    path.d.push(markerAt(classMarker(id), radius, x * scale, y * scale))
  }
  for (const { id, dimmed, d } of paths.values())
    svgElement(plot, 'path', {
      d: d.join(''),
      fill: colourOf(id),
      'data-class': className(id),
      'fill-opacity': dimmed ? style.dimmedAlpha : null
    })
  if (notes) {
    const onPage = { scale: view.scale * scale, left: view.left * scale, top: view.top * scale }
    notesSvg(svg, notes, onPage, { width: form.width, height: height * scale })
  }
  if (form.legend)
    drawLabelsBelow(
      svg,
      legend.map(({ id, title, marker, count }) => ({
        id: title,
        y: 0,
        text: `${title} ${count}`,
        colour: colourOf(id),
        marker,
        dash: null,
        strong: false
      })),
      { line: false }
    )
  return svg
}

function markerAt(marker: MarkerName, radius: number, x: number, y: number): string {
  const corners = markerCorners(marker, Math.PI * radius ** 2)
  if (!corners) {
    const r = round(radius)
    return `M${round(x - radius)},${round(y)}a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0Z`
  }
  let d = ''
  for (let i = 0; i < corners.length; i += 2)
    d += `${i === 0 ? 'M' : 'L'}${round(x + corners[i]!)},${round(y + corners[i + 1]!)}`
  return `${d}Z`
}
