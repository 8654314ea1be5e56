// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { curveAxis, curveLines, curvePlaces, languageLines } from '@/modules/probes/curveLines'
import { drawLayerLine } from '@/plots/layerLine'
import { drawStripPlot } from '@/plots/stripPlot'
import { hiddenCurve, languageCurve, restartCurve, sizeCurve } from '../renderer/probes/curveFixture'
import { picture } from './picture'

const format = (value: number): string => `${(value * 100).toFixed(1)} %`
const draw = (curve: typeof sizeCurve, measure: 'accuracy' | 'selectivity' = 'accuracy') => {
  const places = curvePlaces(curve)
  return drawLayerLine(
    document,
    curveLines(curve, 3, measure, (layer) => `#00${layer}0ff`),
    {
      width: 640,
      height: 300,
      lastLayer: places.length - 1,
      selectedLayer: null,
      valueTitle: 'Accuracy',
      fullRange: false,
      format,
      withoutPeaks: true,
      layerTitle: (place) => places[place]!.title,
      axis: { tick: (place) => places[place]!.title, title: curveAxis(curve) },
      label: 'Accuracy by training size',
      id: 'curve'
    }
  )
}

describe('a curve with a line a layer', () => {
  it('looks as it did', async () => {
    await expect(picture(draw(sizeCurve).svg)).toMatchFileSnapshot('pictures/curve-size.svg')
  })
  it('is at the mean of the draws, its band from the least to the most', () => {
    const { svg, y } = draw(sizeCurve)
    const marker = svg.querySelector('[data-line="layer-3"] [data-layer="0"]')!
    const [, , at] = /translate\(([\d.]+),([\d.]+)\)/.exec(marker.getAttribute('transform')!)!
    expect(Number(at)).toBeCloseTo(y(0.93 - 0.24), 1)
    const band = svg.querySelector('[data-line="layer-3"] [data-part="interval"]')!.getAttribute('d')!
    const heights = [...band.matchAll(/[ML]([\d.]+),([\d.]+)/g)].map((match) => Number(match[2]))
    expect(heights.some((height) => Math.abs(height - y(0.69 + 0.005)) < 0.05)).toBe(true)
    expect(heights.some((height) => Math.abs(height - y(0.69 - 0.005)) < 0.05)).toBe(true)
  })
  it('names the places by the items trained on, and the memoriser beside the layers', () => {
    const { svg } = draw(sizeCurve)
    expect(curvePlaces(sizeCurve).map(({ title }) => title)).toEqual(['391', '3,125', '25,000'])
    expect(svg.textContent).toContain('training items')
    expect(svg.querySelector('[data-label="memoriser"]')).not.toBeNull()
    expect(svg.querySelector('[data-peak]')).toBeNull()
  })
  it('draws the control task of the chosen layer, and selectivity in its place', () => {
    expect(
      [...draw(hiddenCurve).svg.querySelectorAll('[data-companion]')].map((one) => one.getAttribute('data-companion'))
    ).toEqual(['layer-3'])
    const lines = curveLines(hiddenCurve, 3, 'selectivity', () => 'red')
    expect(lines.map(({ id }) => id)).toEqual(['layer-0', 'layer-3', 'layer-6'])
    expect(lines[1]!.points.map(({ value }) => Number(value.toFixed(4)))).toEqual([0.33, 0.275, 0.22])
    expect(lines[1]!.companion).toBeNull()
  })
})

describe('random starts', () => {
  const options = {
    width: 560,
    height: 280,
    lastLayer: 6,
    selectedLayer: 3,
    colour: 'var(--accent)',
    valueTitle: 'Accuracy',
    format,
    label: 'Accuracy from 20 random starts'
  }
  const strips = [0, 3, 6].map((layer) => ({
    layer,
    values: restartCurve.points.filter((point) => point.layer === layer).map(({ accuracy }) => accuracy)
  }))
  it('look as they did', async () => {
    await expect(picture(drawStripPlot(document, strips, options).svg)).toMatchFileSnapshot('pictures/strip-plot.svg')
  })
  it('are a dot a start, higher for more, around the mean of their layer', () => {
    const { svg } = drawStripPlot(document, strips, options)
    const dots = [...svg.querySelectorAll('[data-strip="3"] circle')].map((dot) => Number(dot.getAttribute('cy')))
    expect(dots).toHaveLength(20)
    const order = strips[1]!.values
      .map((value, i) => [value, dots[i]!] as const)
      .sort(([a], [b]) => a - b)
      .map(([, y]) => y)
    expect(order).toEqual([...order].sort((a, b) => b - a))
    expect(svg.textContent).toContain('93.0 %')
  })
  it('turn a position back into the nearest layer', () => {
    const { svg, layerAt } = drawStripPlot(document, strips, options)
    expect(layerAt(Number(svg.querySelectorAll('[data-strip="6"] circle')[10]!.getAttribute('cx')))).toBe(6)
    expect(layerAt(-50)).toBe(0)
  })
  it('that all gave the same are drawn on one height', () => {
    const { svg } = drawStripPlot(document, [{ layer: 0, values: [0.5, 0.5, 0.5] }], options)
    expect(new Set([...svg.querySelectorAll('circle')].map((dot) => dot.getAttribute('cy'))).size).toBe(1)
  })
})

describe('languages', () => {
  it('are a line each for one that was trained on', () => {
    const lines = languageLines(languageCurve, 'de_pud', () => 'red')
    expect(lines.map(({ title, emphasised }) => [title, emphasised])).toEqual([
      ['en_pud', false],
      ['de_pud, itself', true],
      ['fr_pud', false]
    ])
    expect(lines[0]!.points.map(({ layer, value }) => [layer, Number(value.toFixed(3))])).toEqual([
      [0, 0.67],
      [3, 0.73],
      [6, 0.64]
    ])
    expect(languageLines(sizeCurve, 'dev', () => 'red')).toEqual([])
  })
})
