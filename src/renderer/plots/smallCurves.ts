import { scaleLinear } from 'd3-scale'
import { line as linePath } from 'd3-shape'
import { stateName, windowForm, type DrawnForm } from './figureForm'
import { svgElement, svgRoot, textWidth } from './svg'

export interface SmallCurve {
  title: string
  /** What is held against it, drawn thin and broken; null for none. */
  reference: readonly number[] | null
  /** What the reference is; the model without its switches where it is left out. */
  referenceTitle?: string
  values: readonly number[]
  /** Ends of the axis; where the data are when left out. */
  domain?: readonly [number, number]
  format: (value: number) => string
}

export interface SmallCurvesOptions {
  panels: readonly SmallCurve[]
  /** Layer of every value. */
  layers: readonly number[]
  selected: number | null
  form?: DrawnForm
  width: number
  label: string
}

export interface SmallCurvesDrawing {
  svg: SVGSVGElement
  /** The layer at a position; null outside of the panels. */
  at(x: number, y: number): number | null
}

const between = 22
const widest = 250
const narrowest = 150
const height = 128

/**
 * Several measures by layer side by side, the same layer in the same place of each: what a board of switches does to a
 * sentence.
 */
export function drawSmallCurves(
  document: Document,
  { panels, layers, selected, width, label, form = windowForm }: SmallCurvesOptions
): SmallCurvesDrawing {
  const across = Math.max(1, Math.min(panels.length, Math.floor((width + between) / (narrowest + between))))
  const panelWidth = Math.min(widest, (width + between) / across - between)
  const svg = svgRoot(document, width, Math.ceil(panels.length / across) * height, label)
  const left =
    Math.max(
      ...panels.flatMap(({ values, reference, format, domain }) =>
        [...values, ...(reference ?? []), ...(domain ?? [])].map((value) => textWidth(format(value), 10))
      )
    ) + 8
  const x = scaleLinear()
    .domain([layers[0]!, Math.max(layers[0]! + 1, layers.at(-1)!)])
    .range([left, panelWidth - 8])
  const origin = (panel: number): [number, number] => [
    (panel % across) * (panelWidth + between),
    Math.floor(panel / across) * height
  ]
  panels.forEach(({ title, values, reference, referenceTitle = 'as the model is', format, domain }, p) => {
    const [dx, dy] = origin(p)
    const group = svgElement(svg, 'g', { transform: `translate(${dx},${dy})`, role: 'group', 'aria-label': title })
    svgElement(group, 'text', { x: 0, y: 11, 'font-size': 11, fill: 'var(--text-muted)' }, title)
    const all = [...values, ...(reference ?? [])]
    const y = scaleLinear()
      .domain(domain ?? [Math.min(...all), Math.max(...all) || 1])
      .nice(3)
      .range([height - 26, 24])
    for (const tick of y.ticks(3)) {
      svgElement(group, 'line', { x1: left, x2: panelWidth, y1: y(tick), y2: y(tick), stroke: 'var(--border)' })
      svgElement(
        group,
        'text',
        { x: left - 6, y: y(tick) + 3.5, 'text-anchor': 'end', 'font-size': 10, fill: 'var(--text-faint)' },
        format(tick)
      )
    }
    const every = Math.ceil(layers.length / 8)
    layers.forEach((layer, i) => {
      if (i % every === 0)
        svgElement(
          group,
          'text',
          {
            x: x(layer),
            y: height - 9,
            'text-anchor': 'middle',
            'font-size': 10,
            fill: layer === selected ? 'var(--text)' : 'var(--text-faint)',
            'font-weight': layer === selected ? 600 : null
          },
          stateName(form.firstNumber, layer)
        )
    })
    const path = linePath<number>()
      .x((_, i) => x(layers[i]!))
      .y((value) => y(value))
      .digits(2)
    if (reference)
      svgElement(group, 'path', {
        d: path([...reference]) ?? '',
        fill: 'none',
        stroke: 'var(--text-faint)',
        'stroke-width': 1.25,
        'stroke-dasharray': '3 3',
        'data-part': 'reference'
      })
    svgElement(group, 'path', {
      d: path([...values]) ?? '',
      fill: 'none',
      stroke: 'var(--accent)',
      'stroke-width': 2,
      'data-part': 'values'
    })
    values.forEach((value, i) => {
      const dot = svgElement(group, 'circle', {
        cx: x(layers[i]!),
        cy: y(value),
        r: layers[i] === selected ? 4 : 2.5,
        fill: layers[i] === selected ? 'var(--accent)' : 'var(--surface)',
        stroke: 'var(--accent)',
        'stroke-width': 1.5
      })
      svgElement(
        dot,
        'title',
        {},
        `Layer ${layers[i]}: ${format(value)}${reference ? `, ${format(reference[i]!)} ${referenceTitle}` : ''}`
      )
    })
  })
  return {
    svg,
    at(px, py) {
      const panel = panels.findIndex((_, p) => {
        const [dx, dy] = origin(p)
        return px >= dx && px < dx + panelWidth && py >= dy && py < dy + height
      })
      if (panel < 0) return null
      const wanted = x.invert(px - origin(panel)[0])
      return layers.reduce((best, layer) => (Math.abs(layer - wanted) < Math.abs(best - wanted) ? layer : best))
    }
  }
}
