// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { drawHeatGrid } from '@/plots/heatGrid'
import { drawPruningChart } from '@/plots/pruningChart'
import { picture } from './picture'

describe('a grid of layers by tokens', () => {
  const drawing = drawHeatGrid(document, {
    rows: ['2', '1', '0'],
    columns: ['The', 'unbelievableness', '.'],
    values: [0, 0.5, 1, 0.25, NaN, 0, 0, 0, 0],
    color: (value) => `rgb(${Math.round(value * 255)}, 0, 0)`,
    text: (row, column) => (row === 0 && column === 1 ? '.50' : ''),
    ink: () => '#ffffff',
    rowTitle: 'layer',
    columnTitle: 'token',
    width: 260,
    marked: (row, column) => row === 0 && column === 2,
    describe: (row, column) => `row ${row}, column ${column}`,
    label: 'Movement'
  })
  it('looks as it did', async () => {
    await expect(picture(drawing.svg)).toMatchFileSnapshot('pictures/heat-grid.svg')
  })
  it('finds the cell under a position, and none beside it', () => {
    const cells = [...drawing.svg.querySelectorAll('rect')]
    expect(cells).toHaveLength(9)
    cells.forEach((cell, i) => {
      const [x, y] = ['x', 'y'].map((name) => Number(cell.getAttribute(name)) + 3) as [number, number]
      expect(drawing.at(x, y)).toEqual({ row: Math.floor(i / 3), column: i % 3 })
    })
    expect(drawing.at(1, 1)).toBeNull()
  })
  it('draws nothing where nothing is known', () => {
    expect(drawing.svg.querySelectorAll('rect')[4]!.getAttribute('fill')).toBe('var(--surface-2)')
  })
})

describe('a pruning curve', () => {
  const { svg } = drawPruningChart(document, {
    counts: [0, 4, 8],
    ordered: { title: 'Least important first', values: [0.9, 0.88, 0.5] },
    further: [{ title: 'From the top', values: [0.9, 0.8, 0.5] }],
    random: [{ values: [0.9, 0.7, 0.5] }, { values: [0.9, 0.6, 0.5] }],
    format: (value) => value.toFixed(1),
    valueTitle: 'Accuracy',
    countTitle: 'heads switched off',
    width: 320,
    height: 180,
    label: 'Pruning'
  })
  it('looks as it did', async () => {
    await expect(picture(svg)).toMatchFileSnapshot('pictures/pruning-chart.svg')
  })
  it('draws the order before the random ones', () => {
    expect([...svg.querySelectorAll('path')].map((path) => path.getAttribute('data-part'))).toEqual([
      'random',
      'random',
      'further',
      'ordered'
    ])
  })
})
