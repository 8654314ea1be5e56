// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { drawClassLines, type ClassLine } from '@/plots/classLines'
import { picture } from './picture'

const classes: ClassLine[] = [
  { label: 'NOUN', support: 4123, points: [0.8, 0.9, 0.85].map((value, layer) => ({ layer, value })) },
  { label: 'X', support: 12, points: [0.4, 0.2, 0.55].map((value, layer) => ({ layer, value })) },
  { label: 'a class with a long name', support: 7, points: [] }
]
const mean = [0.6, 0.55, 0.7].map((value, layer) => ({ layer, value }))
const options = {
  width: 330,
  lastLayer: 2,
  selectedLayer: 1,
  selectedClass: 'X',
  colour: '#7c97e8',
  format: (value: number) => value.toFixed(2),
  count: String,
  label: 'F1 by layer'
}

describe('small multiples of classes over layers', () => {
  const drawing = drawClassLines(document, classes, mean, options)

  it('look as they did', async () => {
    await expect(picture(drawing.svg)).toMatchFileSnapshot('pictures/class-lines.svg')
  })
  it('share one axis that starts where the lowest class needs it', () => {
    expect([...drawing.svg.querySelectorAll('[data-part="axis"]')].map((text) => text.textContent)).toEqual([
      '0.2',
      '1.0',
      '0.2',
      '1.0'
    ])
  })
  it('write the axis below the names of the classes', () => {
    const heading = 14
    for (const tick of drawing.svg.querySelectorAll('[data-part="axis"]'))
      expect(Number(tick.getAttribute('y')) - 9).toBeGreaterThan(heading)
  })
  it('ring the best layer of each class', () => {
    expect([...drawing.svg.querySelectorAll('[data-peak]')].map((ring) => ring.getAttribute('data-peak'))).toEqual([
      '1',
      '2'
    ])
  })
  it('name the class, its value at the selected layer and how often it occurs', () => {
    expect(drawing.svg.querySelector('[data-class="NOUN"]')!.textContent).toContain('0.90 · n 4123')
  })
  it('find class and layer under a position', () => {
    expect(drawing.at(4, 50)).toEqual({ label: 'NOUN', layer: 0 })
    expect(drawing.at(320, 50)).toEqual({ label: 'X', layer: 2 })
    expect(drawing.at(80, 130)).toEqual({ label: 'a class with a long name', layer: 1 })
    expect(drawing.at(320, 130)).toBeNull()
    expect(drawing.at(-1, 50)).toBeNull()
  })
})
