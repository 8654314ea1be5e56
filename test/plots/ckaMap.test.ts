// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { layersAtEqualDepth } from '@shared/compare'
import { drawCkaMap, type CkaMapOptions, type CkaTable } from '@/plots/ckaMap'
import { sequentialColor } from '@/plots/colorScale'

const table: CkaTable = { rows: 3, columns: 2, values: Float32Array.of(0.996, 0.4, 0.5, 0.6, NaN, -0.01) }
function draw(changes: Partial<CkaMapOptions> = {}, drawn = table) {
  return drawCkaMap(document, drawn, {
    width: 400,
    height: 300,
    titleA: 'one',
    titleB: 'another',
    colourA: 'red',
    colourB: 'blue',
    colour: sequentialColor('light'),
    selected: null,
    label: 'CKA of one and another',
    ...changes
  })
}
const cellOf = (svg: SVGSVGElement, row: number, column: number) => svg.querySelector(`[data-cell="${row},${column}"]`)!

describe('the similarity map', () => {
  it('has layers of A upwards, of B to the right, and gives cells back by position', () => {
    const { svg, corner, cellAt, cellSize } = draw()
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 2; column++) {
        const { x, y } = corner({ row, column })
        expect([
          Number(cellOf(svg, row, column).getAttribute('x')),
          Number(cellOf(svg, row, column).getAttribute('y'))
        ]).toEqual([x, y])
        expect(cellAt(x + cellSize / 2, y + cellSize / 2)).toEqual({ row, column })
      }
    }
    expect(corner({ row: 2, column: 0 }).y).toBeLessThan(corner({ row: 0, column: 0 }).y)
    expect(cellAt(2, 2)).toBeNull()
  })
  it('colours on a fixed scale from 0 to 1, writes values where they fit, and greys what is not defined', () => {
    const { svg } = draw()
    expect(cellOf(svg, 0, 1).getAttribute('fill')).toBe(sequentialColor('light')(0.4))
    expect(cellOf(svg, 2, 0).getAttribute('fill')).toBe('var(--surface-3)')
    const texts = [...svg.querySelectorAll('[data-part="cells"] text')].map((text) => text.textContent)
    expect(texts).toEqual(['1', '.40', '.50', '.60', '-.01'])
    expect(draw({ height: 140, width: 120 }).svg.querySelectorAll('[data-part="cells"] text')).toHaveLength(0)
  })
  it('edges cells of equal depth and the chosen one', () => {
    const { svg, corner } = draw({ selected: { row: 1, column: 1 } })
    expect(svg.querySelectorAll('[data-part="equal-depth"] rect')).toHaveLength(3)
    expect(Number(svg.querySelector('[data-part="selected"]')!.getAttribute('x'))).toBe(corner({ row: 1, column: 1 }).x)
  })
  it('pairs every layer of the deeper model with one of the other', () => {
    expect(layersAtEqualDepth(6, 4).map(([, column]) => column)).toEqual([0, 1, 1, 2, 3, 3, 4])
    expect(layersAtEqualDepth(2, 2)).toEqual([
      [0, 0],
      [1, 1],
      [2, 2]
    ])
    expect(layersAtEqualDepth(0, 2)).toEqual([
      [0, 0],
      [0, 1],
      [0, 2]
    ])
  })
})
