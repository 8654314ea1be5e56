import { classMarker, markerPath, type MarkerName } from './markers'
import { notesSvg, type ScatterNotes } from './scatterNotes'
import { svgElement, svgRoot } from './svg'
import { toScreen, type ScatterPoints, type ScatterStyle, type ScatterView } from './scatter'

export interface ScatterLegendEntry {
  title: string
  color: string
  marker: MarkerName
  count: number
}

/** Width of the column that names the classes. */
const legendWidth = 170
const lineHeight = 18

/** The scatter as vectors with its legend: one group a class, so that a figure can be edited class by class. */
export function scatterSvg(
  document: Document,
  points: ScatterPoints,
  view: ScatterView,
  style: ScatterStyle,
  size: { width: number; height: number },
  legend: readonly ScatterLegendEntry[],
  title: string,
  classNames: (id: number) => string,
  notes: ScatterNotes = { labels: [], contours: [] }
): SVGSVGElement {
  const svg = svgRoot(document, size.width + legendWidth, size.height, title)
  const plot = svgElement(svg, 'g', { 'fill-opacity': 0.85 })
  const groups = new Map<number, SVGGElement>()
  for (let i = 0; i < points.classes.length; i++) {
    const [x, y] = toScreen(view, points.positions[2 * i]!, points.positions[2 * i + 1]!)
    if (x < 0 || y < 0 || x > size.width || y > size.height) continue
    const id = points.classes[i]!
    let group = groups.get(id)
    if (!group) {
      group = svgElement(plot, 'g', { fill: style.color(id), 'data-class': classNames(id) })
      groups.set(id, group)
    }
    svgElement(group, 'path', {
      d: markerPath(classMarker(id), Math.PI * style.radius ** 2),
      transform: `translate(${x.toFixed(2)} ${y.toFixed(2)})`,
      ...(style.dimmed?.[i] ? { 'fill-opacity': style.dimmedAlpha } : {})
    })
  }
  notesSvg(svg, notes, view, size)
  legend.slice(0, Math.floor((size.height - 40) / lineHeight)).forEach((entry, i) => {
    const y = 30 + i * lineHeight
    svgElement(svg, 'path', {
      d: markerPath(entry.marker, 64),
      transform: `translate(${size.width + 14} ${y})`,
      fill: entry.color
    })
    svgElement(
      svg,
      'text',
      { x: size.width + 26, y: y + 4, 'font-size': 12, fill: 'var(--text)', 'font-family': 'var(--font-ui)' },
      entry.title
    )
    svgElement(
      svg,
      'text',
      {
        x: size.width + legendWidth - 12,
        y: y + 4,
        'font-size': 11,
        fill: 'var(--text-muted)',
        'font-family': 'var(--font-ui)',
        'text-anchor': 'end'
      },
      String(entry.count)
    )
  })
  return svg
}
