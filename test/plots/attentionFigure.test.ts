// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { cellPaths } from '@/plots/attentionCellPaths'
import { clip, drawLinesFigure, measure, significant } from '@/plots/attentionFigure'
import { collectLinks } from '@/plots/attentionLinks'
import { matrixPixels } from '@/plots/attentionMatrix'
import { drawMatrixFigure } from '@/plots/attentionMatrixFigure'
import { drawThumbnailFigure } from '@/plots/attentionThumbnailFigure'
import { sequentialTable } from '@/plots/colorScale'
import { map, shifted, units } from './attentionFixture'
import { picture } from './picture'

const heading = { title: 'Layer 3, head 5', notes: ['blocks.2.attn.pattern', '80 % of each row'] }
const table = sequentialTable('light')
/** Of a column. */
const width = 367.7
const all = { first: 0, last: 3, budget: 1000 }

describe('the figure of lines', () => {
  const maps = [map([0.7, 0.3, 0.25, 0.6].map(Math.fround))]
  const figure = (focus: { unit: number; side: 'query' | 'key' } | null) =>
    drawLinesFigure(document, {
      units,
      maps,
      links: collectLinks(maps, focus, all),
      focus,
      rings: focus ? [2] : [],
      colours: ['#2f5bd7'],
      largest: 0.7,
      heading,
      width
    })

  it('looks as it did', async () => {
    await expect(picture(figure({ unit: 1, side: 'query' }))).toMatchFileSnapshot('pictures/attention-lines.svg')
  })
  it('has a path for each link, named with its weight', () => {
    const paths = [...figure(null).querySelectorAll('[data-part="links"] path')]
    expect(paths).toHaveLength(8)
    expect(paths.at(-1)!.getAttribute('aria-label')).toBe('[CLS] → [CLS] 0.7')
    expect(paths.at(-2)!.getAttribute('aria-label')).toBe('##s → bank 0.6')
    const opacity = paths.map((path) => Number(path.getAttribute('stroke-opacity')))
    for (let i = 1; i < opacity.length; i++) expect(opacity[i]!).toBeGreaterThanOrEqual(opacity[i - 1]!)
  })
  it('keeps a locked token, with the weights it gives', () => {
    const svg = figure({ unit: 1, side: 'query' })
    expect(svg.querySelectorAll('[data-part="links"] path')).toHaveLength(2)
    expect([...svg.querySelectorAll('[data-part="key"] text')].map((text) => text.textContent)).toEqual([
      '[CLS]',
      'the',
      '0.50',
      'bank',
      '0.30',
      '##s'
    ])
    expect(svg.querySelectorAll('circle')).toHaveLength(1)
  })
  it('lays the gold tree over the links, broken', () => {
    const svg = drawLinesFigure(document, {
      units,
      maps,
      links: collectLinks(maps, null, all),
      focus: null,
      rings: [],
      tree: [{ query: 1, key: 2 }],
      colours: ['#2f5bd7'],
      largest: 0.7,
      heading,
      width
    })
    const arcs = [...svg.querySelectorAll('[data-part="tree"]')]
    expect(arcs.map((arc) => [arc.getAttribute('aria-label'), arc.getAttribute('stroke-dasharray')])).toEqual([
      ['bank is the head of the', '5 3']
    ])
  })
  it('says what it is of in as many lines as that takes', () => {
    expect([...figure(null).querySelectorAll(':scope > text')].map((text) => text.textContent)).toEqual([
      'Layer 3, head 5',
      'blocks.2.attn.pattern',
      '80 % of each row'
    ])
  })
  it('names the head of each line where several are shown', () => {
    const both = [map(), shifted]
    const links = collectLinks(both, { unit: 0, side: 'query' }, all)
    const svg = drawLinesFigure(document, {
      units,
      maps: both,
      links,
      focus: { unit: 0, side: 'query' },
      rings: [],
      colours: ['red', 'blue'],
      largest: 1,
      heading,
      width
    })
    expect(svg.querySelectorAll('path[stroke="blue"]')).toHaveLength(1)
    expect(svg.querySelector('path[stroke="blue"]')!.getAttribute('aria-label')).toBe('[CLS] → the 1 head 8')
  })
})

describe('the figure of the matrix', () => {
  const maps = [map([0, 0.25, 0, 0])]
  const pixels = matrixPixels(maps, 0.7, table, [], [255, 255, 255])
  const svg = drawMatrixFigure(document, {
    units,
    maps,
    pixels,
    table,
    largest: 0.7,
    rings: [{ query: 1, key: 2 }],
    heading,
    width,
    legend: true
  })

  it('looks as it did', async () => {
    await expect(picture(svg)).toMatchFileSnapshot('pictures/attention-matrix.svg')
  })
  it('has text for its labels and weights, and a key', () => {
    expect([...svg.querySelectorAll('[data-part="values"] text')].map((text) => text.textContent)).toEqual([
      '.70',
      '.10',
      '.10',
      '.10',
      '.50',
      '.30',
      '.25',
      '.25',
      '.25',
      '.25',
      '.05',
      '.15',
      '.60',
      '.20'
    ])
    expect(svg.querySelectorAll('[data-part="labels"] text')).toHaveLength(8)
    expect(svg.querySelector('[data-part="key"]')!.textContent).toContain('attention weight')
    expect(svg.querySelectorAll('circle')).toHaveLength(1)
  })
  it('stays a small number of elements for 300 tokens', () => {
    const size = 300
    const weights = Float32Array.from({ length: size * size }, (_, index) => ((index * 7919) % 1000) / 1000)
    const long = { head: 0, size, weights, cuts: new Float32Array(size) }
    const many = Array.from({ length: size }, (_, index) => ({
      text: `t${index}`,
      special: false,
      word: index,
      token: index
    }))
    const picture = drawMatrixFigure(document, {
      units: many,
      maps: [long],
      pixels: matrixPixels([long], 1, table, [], [255, 255, 255]),
      table,
      largest: 1,
      rings: [],
      heading,
      width,
      legend: true
    })
    expect(picture.querySelectorAll('*').length).toBeLessThan(400)
    expect([...picture.querySelectorAll('[data-part="labels"] text')].map((text) => text.textContent)).toContain('100')
  })
})

it('the figure of all heads numbers layers and heads', async () => {
  const pixels = new Uint8ClampedArray(2 * 2 * 2 * 2 * 4).fill(255)
  const options = {
    layers: 1,
    heads: 2,
    size: 2,
    pixels,
    order: Int32Array.from([0, 1]),
    sorted: false,
    heading,
    width,
    firstNumber: 1 as const
  }
  const svg = drawThumbnailFigure(document, options)
  expect([...svg.querySelectorAll('[data-part="labels"] text')].map((text) => text.textContent)).toEqual([
    '1',
    '1',
    '2'
  ])
  const sorted = drawThumbnailFigure(document, { ...options, order: Int32Array.from([1, 0]), sorted: true })
  expect([...sorted.querySelectorAll('[data-part="labels"] text')].map((text) => text.textContent)).toEqual([
    '1',
    'head 2',
    'head 1'
  ])
  await expect(picture(svg)).toMatchFileSnapshot('pictures/attention-thumbnails.svg')
})

describe('cells as paths', () => {
  it('join neighbours of one colour and leave transparent cells out', () => {
    const red = [255, 0, 0, 255]
    const blue = [0, 0, 255, 255]
    const clear = [0, 0, 0, 0]
    const pixels = Uint8ClampedArray.from([...red, ...red, ...blue, ...clear, ...red, ...blue])
    const paths = cellPaths(pixels, 3, 2, (column, row) => ({ x: column * 10, y: row * 10 }), 10)
    expect(paths).toEqual([
      { colour: '#0000ff', d: 'M20,0h10v10h-10zM20,10h10v10h-10z' },
      { colour: '#ff0000', d: 'M0,0h20v10h-20zM10,10h10v10h-10z' }
    ])
  })
})

describe('text without a screen', () => {
  it('takes ideographs and emoji as wide as they are tall', () => {
    expect(measure('银行', 10)).toBeGreaterThan(measure('ab', 10) * 1.5)
    expect(measure('é', 10)).toBe(measure('e', 10))
  })
  it('is cut with an ellipsis where it is too long', () => {
    expect(clip('bank', 100, 12)).toBe('bank')
    const cut = clip('Donaudampfschifffahrtsgesellschaft', 100, 12)
    expect(cut).toMatch(/^Donau.*…$/)
    expect(measure(cut, 12)).toBeLessThanOrEqual(100)
  })
})

it('weights are written with the seven digits they hold', () => {
  expect(significant(Math.fround(0.1))).toBe(0.1)
  expect(significant(Math.fround(0.123456789))).toBe(0.1234568)
})
