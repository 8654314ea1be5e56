import { layerName, type FinetuneEstimate } from '@shared/finetune'
import { scaleLinear, type ScaleLinear } from 'd3-scale'
import { svgElement, svgRoot } from './svg'

export interface ScheduleStripOptions {
  strip: FinetuneEstimate['strip']
  /** Updates of the run. */
  steps: number
  width: number
  label: string
}

/** Pixels of a row; the head's is the first. */
export const stripRowHeight = 18
const left = 84
const bottom = 32

/** What trains when: a row a layer, the head on top; the stronger the colour, the higher the rate. Frozen: empty. */
export function drawScheduleStrip(
  document: Document,
  { strip, steps, width, label }: ScheduleStripOptions
): { svg: SVGSVGElement; x: ScaleLinear<number, number> } {
  const rows = strip[0]?.rates.length ?? 0
  const height = rows * stripRowHeight + bottom
  const svg = svgRoot(document, width, height, label)
  const x = scaleLinear()
    .domain([0, Math.max(1, steps)])
    .range([left, width - 2])
  const highest = Math.max(...strip.flatMap(({ rates }) => rates.slice(0, -1)), Number.MIN_VALUE)
  const text = { 'font-size': 11, fill: 'var(--text-muted)' }
  for (let row = 0; row < rows; row++) {
    const layer = rows - 1 - row
    const name = layer === rows - 1 ? 'head' : layerName(layer, rows - 2)
    const at = row * stripRowHeight
    svgElement(svg, 'text', { x: left - 8, y: at + 13, 'text-anchor': 'end', ...text }, name)
    svgElement(svg, 'rect', {
      x: left,
      y: at + 1,
      width: width - 2 - left,
      height: stripRowHeight - 2,
      fill: 'var(--surface-2)'
    })
    for (const { from, to, rates } of strip) {
      const rate = rates[layer]!
      if (rate === 0) continue
      // The head has a rate of its own, far above the others.
      const share = layer === rows - 1 ? 1 : Math.min(1, Math.sqrt(rate / highest))
      const cell = svgElement(svg, 'rect', {
        x: x(from),
        y: at + 1,
        width: Math.max(1, x(to) - x(from)),
        height: stripRowHeight - 2,
        fill: 'var(--accent)',
        'fill-opacity': 0.2 + 0.8 * share
      })
      svgElement(cell, 'title', {}, `${name}: ${rate.toPrecision(2)}, updates ${from + 1} to ${to}`)
    }
  }
  for (const tick of x.ticks(Math.max(2, Math.floor((width - left) / 90))).filter(Number.isInteger))
    svgElement(
      svg,
      'text',
      { x: x(tick), y: height - 18, 'text-anchor': tick === 0 ? 'start' : 'middle', ...text },
      tick.toLocaleString('en')
    )
  svgElement(svg, 'text', { x: width - 2, y: height - 4, 'text-anchor': 'end', ...text }, 'updates')
  return { svg, x }
}
