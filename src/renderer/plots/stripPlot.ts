import { scaleLinear } from 'd3-scale'
import { stateAxisTitle, stateName, windowForm, type DrawnForm } from './figureForm'
import { svgElement, svgRoot, textWidth } from './svg'

/** Values of one layer, in the order in which they came. */
export interface Strip {
  layer: number
  values: readonly number[]
}

export interface StripPlotOptions {
  width: number
  height: number
  lastLayer: number
  selectedLayer: number | null
  colour: string
  valueTitle: string
  format: (value: number) => string
  label: string
  form?: DrawnForm
}

export interface StripPlotDrawing {
  svg: SVGSVGElement
  layerAt(x: number): number
}

const fontSize = 11

/**
 * Deviations are small beside the differences between layers: each strip is drawn around its own mean, on one scale,
 * its mean written above it.
 */
export function drawStripPlot(
  document: Document,
  strips: readonly Strip[],
  options: StripPlotOptions
): StripPlotDrawing {
  const { width, height, lastLayer, format } = options
  const { firstNumber } = options.form ?? windowForm
  const svg = svgRoot(document, width, height, options.label)
  const centred = strips.map(({ layer, values }) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    return { layer, mean, deviations: values.map((value) => value - mean) }
  })
  const reach = Math.max(1e-4, ...centred.flatMap(({ deviations }) => deviations.map(Math.abs)))
  const y = scaleLinear()
    .domain([-reach * 1.1, reach * 1.1])
    .range([height - 40, 52])
  const ticks = y.ticks(5)
  const written = (deviation: number): string =>
    deviation === 0 ? '0' : `${deviation > 0 ? '+' : '−'}${Math.abs(deviation * 100).toFixed(reach < 0.002 ? 2 : 1)}`
  const left = Math.ceil(Math.max(...ticks.map((tick) => textWidth(written(tick), fontSize)))) + 14
  const right = width - 12
  const x = scaleLinear()
    .domain([-0.5, lastLayer + 0.5])
    .range([left, right])
  const band = x(1) - x(0)

  svgElement(
    svg,
    'text',
    { x: 0, y: 12, 'font-size': fontSize, fill: 'var(--text-muted)' },
    `${options.valueTitle}: points from the mean of a layer, which is shown above`
  )
  for (const tick of ticks) {
    svgElement(svg, 'line', {
      x1: left,
      x2: right,
      y1: y(tick),
      y2: y(tick),
      stroke: tick === 0 ? 'var(--border-strong)' : 'var(--border)'
    })
    svgElement(
      svg,
      'text',
      { x: left - 8, y: y(tick) + 3.5, 'text-anchor': 'end', 'font-size': fontSize, fill: 'var(--text-faint)' },
      written(tick)
    )
  }
  for (const { layer, mean, deviations } of centred) {
    const selected = layer === options.selectedLayer
    if (selected)
      svgElement(svg, 'rect', {
        x: x(layer) - Math.min(10, band / 2),
        y: height - 35,
        width: Math.min(20, band),
        height: 17,
        rx: 4,
        fill: 'var(--accent)'
      })
    const name = {
      x: x(layer),
      y: height - 22.5,
      'text-anchor': 'middle',
      'font-size': fontSize,
      'font-weight': selected ? 600 : 400,
      fill: selected ? 'var(--on-accent)' : 'var(--text-muted)'
    }
    svgElement(svg, 'text', name, stateName(firstNumber, layer))
    if (band > 30 || selected)
      svgElement(
        svg,
        'text',
        {
          x: x(layer),
          y: 38,
          'text-anchor': 'middle',
          'font-size': fontSize,
          'font-weight': selected ? 650 : 500,
          fill: 'var(--text)'
        },
        format(mean)
      )
    const group = svgElement(svg, 'g', { 'data-strip': layer })
    // Beside one another in the order of the starts: a cloud without drawn positions.
    const spread = Math.min(band * 0.62, 6 * deviations.length)
    deviations.forEach((deviation, i) => {
      const at = x(layer) + (deviations.length > 1 ? (i / (deviations.length - 1) - 0.5) * spread : 0)
      const dot = svgElement(group, 'circle', {
        cx: at,
        cy: y(deviation),
        r: selected ? 3.5 : 3,
        fill: options.colour,
        'fill-opacity': selected ? 0.9 : 0.6
      })
      svgElement(dot, 'title', {}, `layer ${layer}, start ${i + 1}: ${format(mean + deviation)}`)
    })
  }
  svgElement(
    svg,
    'text',
    { x: (left + right) / 2, y: height - 5, 'text-anchor': 'middle', 'font-size': fontSize, fill: 'var(--text-muted)' },
    stateAxisTitle(firstNumber)
  )
  return { svg, layerAt: (at) => Math.min(lastLayer, Math.max(0, Math.round(x.invert(at)))) }
}
