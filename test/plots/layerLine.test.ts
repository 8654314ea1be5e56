// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { chartLines } from '@/modules/probes/chartLines'
import { valueDomain } from '@/plots/layerScale'
import { drawLayerLine, peakOf, type LayerLine, type LayerLineOptions } from '@/plots/layerLine'
import { spreadLabels } from '@/plots/svg'
import { probeResult } from '../renderer/probes/fixture'
import { picture } from './picture'

const look = (task: string) =>
  task === 'upos' ? { colour: '#7c97e8', marker: 'circle' as const } : { colour: '#a16823', marker: 'square' as const }
const upos = probeResult('upos')
const runs = [
  { result: upos, compared: false },
  { result: probeResult('deprel'), compared: false }
]

function options(changes: Partial<LayerLineOptions> = {}): LayerLineOptions {
  return {
    width: 720,
    height: 300,
    lastLayer: 6,
    selectedLayer: 2,
    valueTitle: 'Accuracy',
    fullRange: false,
    format: (value) => `${(value * 100).toFixed(1)} %`,
    layerTitle: (layer) => `layer ${layer}`,
    label: 'Accuracy by layer',
    id: 'test',
    ...changes
  }
}
function draw(changes: Partial<LayerLineOptions> = {}, lines = chartLines(runs, 'accuracy', 'upos', look)) {
  return drawLayerLine(document, lines, options(changes))
}

describe('the chart of a measure by layer', () => {
  it('looks as it did', async () => {
    await expect(picture(draw().svg)).toMatchFileSnapshot('pictures/layer-line.svg')
  })
  it('looks as it did on the full axis', async () => {
    await expect(picture(draw({ fullRange: true, selectedLayer: 6 }).svg)).toMatchFileSnapshot(
      'pictures/layer-line-full.svg'
    )
  })

  it('puts a marker at every layer, at the height of its value', () => {
    const drawing = draw()
    const markers = [...drawing.svg.querySelectorAll(`[data-line="${upos.id}"] [data-layer]`)]
    expect(markers).toHaveLength(7)
    markers.forEach((marker, layer) => {
      const [, x, y] = /translate\(([\d.]+),([\d.]+)\)/.exec(marker.getAttribute('transform')!)!
      expect(Number(x)).toBeCloseTo(drawing.x(layer), 1)
      expect(Number(y)).toBeCloseTo(drawing.y(upos.layers[layer]!.accuracy), 1)
    })
  })
  it('draws higher values higher, on both axes', () => {
    for (const fullRange of [false, true]) {
      const { y, plot } = draw({ fullRange })
      expect(y(0.9)).toBeLessThan(y(0.8))
      expect(y(0.9284)).toBeGreaterThanOrEqual(plot.top)
    }
    const full = draw({ fullRange: true })
    expect(full.y(0)).toBeCloseTo(full.plot.bottom)
    expect(full.y(1)).toBeCloseTo(full.plot.top)
  })
  it('bounds the band by the ends of the interval', () => {
    const { svg, y } = draw()
    const band = svg.querySelector(`[data-line="${upos.id}"] [data-part="interval"]`)!.getAttribute('d')!
    const heights = [...band.matchAll(/[ML]([\d.]+),([\d.]+)/g)].map((match) => Number(match[2]))
    const [low, high] = upos.layers[2]!.accuracyInterval!
    expect(Math.min(...heights)).toBeCloseTo(y(high), 1)
    expect(heights.some((height) => Math.abs(height - y(low)) < 0.05)).toBe(true)
  })
  it('rings and names the best layer of each task', () => {
    const { svg, x, y } = draw({ selectedLayer: 0 })
    const ring = svg.querySelector(`[data-peak="${upos.id}"]`)!
    expect(Number(ring.getAttribute('cx'))).toBeCloseTo(x(2), 2)
    expect(Number(ring.getAttribute('cy'))).toBeCloseTo(y(0.9284), 2)
    expect(svg.textContent).toContain('92.8 %')
    expect(svg.textContent).toContain('78.0 %')
  })
  it('writes the figures of two peaks in one place apart', () => {
    const close = probeResult('deprel', {
      layers: upos.layers.map((layer) => ({ ...layer, accuracy: layer.accuracy - 0.004 }))
    })
    const { svg } = draw(
      {},
      chartLines(
        [
          { result: upos, compared: false },
          { result: close, compared: false }
        ],
        'accuracy',
        'upos',
        look
      )
    )
    const [first, second] = [...svg.querySelectorAll('[data-peak-value]')].map((text) => Number(text.getAttribute('y')))
    expect(Math.abs(first! - second!)).toBeGreaterThanOrEqual(14)
  })
  it('marks the selected layer by a line and on the axis', () => {
    const { svg, x } = draw({ selectedLayer: 4 })
    expect(Number(svg.querySelector('[data-part="selected-layer"]')!.getAttribute('x1'))).toBeCloseTo(x(4), 2)
    expect(draw({ selectedLayer: null }).svg.querySelector('[data-part="selected-layer"]')).toBeNull()
  })
  it('names baselines below the axis at its foot and draws those within it', () => {
    const near = draw()
    expect(near.svg.querySelector(`[data-baseline="${upos.id}/majority"]`)).toBeNull()
    expect(near.svg.querySelector(`[data-label="${upos.id}/majority"]`)!.textContent).toBe('always NOUN 16.4 % ↓')
    const full = draw({ fullRange: true })
    const line = full.svg.querySelector(`[data-baseline="${upos.id}/majority"]`)!
    expect(Number(line.getAttribute('y1'))).toBeCloseTo(full.y(0.164), 2)
    expect(full.svg.querySelector(`[data-label="${upos.id}/majority"]`)!.textContent).toBe('always NOUN 16.4 %')
  })
  it('turns a position back into the nearest layer and stays on the axis', () => {
    const { layerAt, x } = draw()
    for (let layer = 0; layer <= 6; layer++) expect(layerAt(x(layer) + 9)).toBe(layer)
    expect(layerAt(-100)).toBe(0)
    expect(layerAt(5000)).toBe(6)
  })
  it('draws a run of some layers at their places', () => {
    const some = probeResult('upos', { layers: upos.layers.filter((layer) => layer.layer === 1 || layer.layer === 5) })
    const { svg, x } = draw({}, chartLines([{ result: some, compared: false }], 'accuracy', 'upos', look))
    const places = [...svg.querySelectorAll('[data-layer]')].map((marker) =>
      Number(/translate\(([\d.]+)/.exec(marker.getAttribute('transform')!)![1])
    )
    expect(places[0]).toBeCloseTo(x(1), 1)
    expect(places[1]).toBeCloseTo(x(5), 1)
  })
  it('gives every text a name that fits its column, the whole name as its title', () => {
    const long = chartLines(
      [
        {
          result: probeResult('upos', {
            task: { id: 'upos', title: 'A label layer with a very long name indeed', unit: 'token' }
          }),
          compared: false
        }
      ],
      'accuracy',
      'upos',
      look
    )
    const label = draw({ width: 420 }, long).svg.querySelector(`[data-label="${upos.id}"]`)!
    expect(label.firstChild!.textContent).toMatch(/…$/)
    expect(label.querySelector('title')!.textContent).toBe('A label layer with a very long name indeed')
  })
})

describe('the span of the value axis', () => {
  const line = (values: number[], baselines: number[] = []): LayerLine => ({
    id: 'a',
    title: 'A',
    colour: 'red',
    marker: 'circle',
    dash: null,
    companion: null,
    emphasised: true,
    points: values.map((value, layer) => ({ layer, value, low: value - 0.01, high: value + 0.01 })),
    baselines: baselines.map((value) => ({ id: String(value), title: 'b', value, dash: '2' }))
  })
  it('holds every interval, and no more of the rest than leaves the lines their height', () => {
    const { domain } = valueDomain([line([0.6, 0.9], [0.1, 0.5])], false, 5)
    expect(domain[0]).toBeLessThanOrEqual(0.5)
    expect(domain[0]).toBeGreaterThan(0.1)
    expect(domain[1]).toBeGreaterThanOrEqual(0.91)
  })
  it('never leaves the range of a share', () => {
    expect(valueDomain([line([0.001, 0.999])], false, 5).domain).toEqual([0, 1])
  })
  it('goes below zero for a selectivity that does', () => {
    expect(valueDomain([line([-0.05, 0.2])], false, 5).domain[0]).toBeLessThan(-0.05)
    expect(valueDomain([line([-0.05, 0.2])], true, 5).domain[0]).toBeLessThan(-0.05)
  })
  it('is defined for no lines at all', () => {
    expect(valueDomain([], false, 5).domain).toEqual([0, 1])
  })
})

describe('labels at the ends of lines', () => {
  it('keep their order and their distance, within the column', () => {
    const places = spreadLabels([100, 102, 101, 20], 14, 10, 200)
    expect(places[3]).toBe(20)
    expect([places[0], places[2], places[1]]).toEqual([100, 114, 128])
  })
  it('move up where the column ends', () => {
    expect(spreadLabels([199, 200], 14, 10, 200)).toEqual([186, 200])
  })
})

it('takes the lowest of equally good layers as the peak', () => {
  const points = [0.5, 0.9, 0.9].map((value, layer) => ({ layer, value, low: value, high: value }))
  expect(peakOf(points)?.layer).toBe(1)
  expect(peakOf([])).toBeNull()
})
