// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { drawDepthLines, type DepthLine, type DepthLinesOptions } from '@/plots/depthLines'

function line(id: string, layers: number, values: readonly number[], changes: Partial<DepthLine> = {}): DepthLine {
  return {
    id,
    title: id,
    colour: 'red',
    marker: 'circle',
    layers,
    emphasised: id === 'deep',
    points: values.map((value, layer) => ({ layer, value, low: value - 0.01, high: value + 0.01 })),
    ...changes
  }
}
const deep = line('deep', 6, [0.8, 0.85, 0.9, 0.92, 0.91, 0.9, 0.85])
const shallow = line('shallow', 4, [0.7, 0.72, 0.75, 0.74, 0.73])
const references = [
  { id: 'memoriser', title: 'word alone', value: 0.79, dash: '2 3' },
  { id: 'majority', title: 'always NOUN', value: 0.15, dash: '6 4' }
]

function draw(changes: Partial<DepthLinesOptions> = {}, lines: readonly DepthLine[] = [deep, shallow]) {
  return drawDepthLines(document, lines, references, {
    width: 700,
    height: 300,
    axis: 'relative',
    selected: { id: 'deep', layer: 3 },
    valueTitle: 'Accuracy',
    fullRange: false,
    format: (value) => `${(value * 100).toFixed(1)} %`,
    label: 'curves',
    id: 'x',
    ...changes
  })
}
/** Centre of the marker of a model's layer. */
function place(svg: SVGSVGElement, id: string, layer: number): { x: number; y: number } {
  const [, x, y] = /translate\(([\d.]+),([\d.]+)/.exec(
    svg.querySelector(`[data-line="${id}"] [data-layer="${layer}"]`)!.getAttribute('transform')!
  )!
  return { x: Number(x), y: Number(y) }
}

describe('layer curves of several models', () => {
  it('puts first and last layers over one another on the axis of relative depth, and layers of a number on the other', () => {
    const relative = draw().svg
    for (const share of [0, 0.5, 1])
      expect(place(relative, 'deep', 6 * share).x).toBeCloseTo(place(relative, 'shallow', 4 * share).x, 1)
    const absolute = draw({ axis: 'absolute' }).svg
    for (const layer of [0, 2, 4])
      expect(place(absolute, 'deep', layer).x).toBeCloseTo(place(absolute, 'shallow', layer).x, 1)
    expect(place(absolute, 'shallow', 4).x).toBeLessThan(place(absolute, 'deep', 6).x)
  })
  it('draws what all are compared with once, and names what is below the axis at its foot', () => {
    const { svg } = draw()
    expect(svg.querySelectorAll('[data-reference="memoriser"]')).toHaveLength(1)
    expect(svg.querySelector('[data-reference="majority"]')).toBeNull()
    expect(svg.querySelector('[data-label="majority"]')!.textContent).toBe('always NOUN 15.0 % ↓')
    expect(draw({ fullRange: true }).svg.querySelector('[data-reference="majority"]')).not.toBeNull()
  })
  it('names each best layer in place and rings the chosen layer', () => {
    const { svg } = draw()
    expect(svg.querySelector('[data-peak-value="deep"]')!.textContent).toBe('92.0 %')
    expect(svg.querySelector('[data-peak-value="shallow"]')!.textContent).toBe('75.0 %')
    expect(Number(svg.querySelector('[data-part="selected"]')!.getAttribute('cx'))).toBeCloseTo(
      place(svg, 'deep', 3).x,
      1
    )
    expect(draw({ selected: null }).svg.querySelector('[data-part="selected"]')).toBeNull()
  })
  it('keeps the figures of best layers apart where models are alike', () => {
    const { svg } = draw({}, [
      deep,
      line(
        'other',
        6,
        deep.points.map((point) => point.value - 0.001)
      ),
      line(
        'third',
        6,
        deep.points.map((point) => point.value - 0.002)
      )
    ])
    const heights = [...svg.querySelectorAll('[data-peak-value]')]
      .map((text) => Number(text.getAttribute('y')))
      .sort((a, b) => a - b)
    for (let i = 1; i < heights.length; i++) expect(heights[i]! - heights[i - 1]!).toBeGreaterThanOrEqual(14)
  })
  it('draws a model without blocks as a level line', () => {
    const { svg, plot } = draw({}, [deep, line('static', 0, [0.82])])
    const path = svg.querySelector('[data-line="static"] [data-part="line"]')!.getAttribute('d')!
    const [from, to] = [...path.matchAll(/([\d.]+),([\d.]+)/g)].map(([, x, y]) => ({ x: Number(x), y: Number(y) }))
    expect([from!.x, to!.x]).toEqual([plot.left, Math.round(plot.right * 100) / 100])
    expect(from!.y).toBe(to!.y)
  })
  it('finds the layers at a depth and the point under the pointer', () => {
    const { svg, layersAt, hit } = draw()
    const at = place(svg, 'shallow', 3)
    expect(layersAt(at.x)).toEqual(
      new Map([
        ['deep', 4],
        ['shallow', 3]
      ])
    )
    expect(hit(at.x + 5, at.y - 5)).toMatchObject({ id: 'shallow', layer: 3 })
    expect(hit(at.x, at.y + 60)).toBeNull()
  })
})
