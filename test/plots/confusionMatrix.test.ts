// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { drawConfusionMatrix, type ConfusionMatrixOptions } from '@/plots/confusionMatrix'
import { arrangeConfusion, topConfusions } from '@/plots/confusionOrder'
import { confusionCounts, deprelClasses, uposClasses } from '../renderer/probes/fixture'
import { picture } from './picture'

/** a is often taken for d; b and c are right; x never occurs. */
const small = {
  classes: ['a', 'b', 'c', 'd', 'x'],
  counts: Int32Array.from([60, 0, 0, 40, 0, 0, 200, 0, 0, 0, 0, 2, 18, 0, 0, 9, 0, 0, 1, 0, 0, 0, 0, 0, 0])
}

function options(changes: Partial<ConfusionMatrixOptions> = {}): ConfusionMatrixOptions {
  return {
    width: 520,
    height: 420,
    selected: null,
    format: (share) => `${(share * 100).toFixed(1)} %`,
    count: String,
    label: 'Confusion matrix',
    ...changes
  }
}

describe('arranging a confusion matrix', () => {
  it('puts frequent gold classes first and leaves out what never occurs', () => {
    const { labels, rowTotals } = arrangeConfusion(small, 'frequency')
    expect(labels).toEqual(['b', 'a', 'c', 'd'])
    expect([...rowTotals]).toEqual([200, 100, 20, 10])
  })
  it('keeps a class that is predicted though it never occurs', () => {
    const counts = Int32Array.from(small.counts)
    counts[4] = 3
    expect(arrangeConfusion({ ...small, counts }, 'frequency').labels).toContain('x')
  })
  it('puts classes that are taken for each other side by side', () => {
    const { labels } = arrangeConfusion(small, 'confusion')
    expect(Math.abs(labels.indexOf('a') - labels.indexOf('d'))).toBe(1)
    expect(Math.abs(labels.indexOf('b') - labels.indexOf('c'))).toBe(1)
  })
  it('moves every count with its classes', () => {
    for (const order of ['frequency', 'confusion'] as const) {
      const { labels, counts } = arrangeConfusion(small, order)
      const at = (gold: string, predicted: string) =>
        counts[labels.indexOf(gold) * labels.length + labels.indexOf(predicted)]
      expect([at('a', 'd'), at('d', 'a'), at('a', 'a'), at('c', 'b'), at('b', 'b')]).toEqual([40, 9, 60, 2, 200])
    }
  })
  it('sums the rarest classes where there are more than can be read, and loses no word', () => {
    const table = arrangeConfusion(small, 'frequency', 3)
    expect(table.labels).toEqual(['b', 'a', '2 rarer classes'])
    expect(table.summed).toBe(2)
    expect([...table.counts]).toEqual([200, 0, 0, 0, 60, 40, 2, 9, 19])
    expect(table.counts.reduce((a, b) => a + b)).toBe(small.counts.reduce((a, b) => a + b))
  })
  it('keeps the classes that are mistaken most where confusion is asked for', () => {
    const table = arrangeConfusion(small, 'confusion', 3)
    expect([...table.labels].sort()).toEqual(['2 other classes', 'a', 'd'])
    expect(table.counts.reduce((a, b) => a + b)).toBe(small.counts.reduce((a, b) => a + b))
  })
  it('calls the rest rarer only where they are', () => {
    const size = 150
    const counts = new Int32Array(size * size)
    for (let index = 0; index < size; index++) counts[index * size + index] = 30
    const classes = Array.from({ length: size }, (_, index) => `intent ${index}`)
    expect(arrangeConfusion({ classes, counts }, 'frequency').labels.at(-1)).toBe('101 other classes')
    counts[0] = 31
    expect(arrangeConfusion({ classes, counts }, 'frequency', 2).labels).toEqual(['intent 0', '149 rarer classes'])
  })
  it('gives a wanted class a row of its own, beside those it is confused with', () => {
    const size = 500
    const counts = new Int32Array(size * size)
    for (let index = 0; index < size; index++) counts[index * size + index] = 600 - index
    counts[499 * size + 470] = 7
    counts[2 * size + 499] = 3
    const classes = Array.from({ length: size }, (_, index) => `c${index}`)
    for (const order of ['frequency', 'confusion'] as const) {
      const { labels, counts: shown, summed } = arrangeConfusion({ classes, counts }, order, 50, 'c499')
      expect([labels.length, summed]).toEqual([50, 451])
      const at = (gold: string, predicted: string) => shown[labels.indexOf(gold) * 50 + labels.indexOf(predicted)]
      expect([at('c499', 'c499'), at('c499', 'c470'), at('c2', 'c499')]).toEqual([101, 7, 3])
      expect(shown.reduce((a, b) => a + b)).toBe(counts.reduce((a, b) => a + b))
    }
  })
  it('lists the mistakes made most often, with their share of the gold class', () => {
    expect(topConfusions(small, 2)).toEqual([
      { gold: 'a', predicted: 'd', count: 40, share: 0.4 },
      { gold: 'd', predicted: 'a', count: 9, share: 0.9 }
    ])
  })
})

describe('the drawing', () => {
  const upos = arrangeConfusion({ classes: uposClasses, counts: confusionCounts(uposClasses, 0.9284) }, 'frequency')

  it('looks as it did', async () => {
    const table = arrangeConfusion(small, 'frequency')
    await expect(
      picture(drawConfusionMatrix(document, table, options({ selected: { row: 1, column: 3 } })).svg)
    ).toMatchFileSnapshot('pictures/confusion-matrix.svg')
  })
  it('colours right and wrong apart, each row by its own total', () => {
    const table = arrangeConfusion(small, 'frequency')
    const { svg } = drawConfusionMatrix(document, table, options())
    const right = svg.querySelector('[data-cell="1,1"]')!
    const wrong = svg.querySelector('[data-cell="1,3"]')!
    expect([right.getAttribute('fill'), right.getAttribute('fill-opacity')]).toEqual(['var(--accent)', '0.6'])
    expect(wrong.getAttribute('fill')).toBe('var(--mark)')
    expect(svg.querySelector('[data-cell="0,1"]')).toBeNull()
  })
  it('names in its key the largest mistake drawn, however rare the class', () => {
    // Five hundred classes of one to six items each, as a first look at a large tag set has.
    const size = 500
    const counts = new Int32Array(size * size)
    for (let gold = 0; gold < size; gold++) {
      counts[gold * size + gold] = gold % 5 === 4 ? 4 : 1 + (gold % 5)
      if (gold % 5 === 4) counts[gold * size + ((gold + 1) % size)] = 1
    }
    const classes = Array.from({ length: size }, (_, index) => `c${index}`)
    for (const order of ['frequency', 'confusion'] as const) {
      const table = arrangeConfusion({ classes, counts }, order)
      const { svg } = drawConfusionMatrix(document, table, options())
      const shares = Array.from(table.counts, (count, at) => {
        const [row, column] = [Math.floor(at / table.labels.length), at % table.labels.length]
        return row === column || !table.rowTotals[row] ? 0 : count / table.rowTotals[row]
      })
      const key = [...svg.querySelectorAll('[data-part=key] text')].at(-1)!.textContent
      expect(key).toBe(`wrong, to ${(Math.max(...shares) * 100).toFixed(1)} %`)
      expect(Math.max(...shares)).toBe(0.2)
      const strengths = [...svg.querySelectorAll('[data-cell][fill="var(--mark)"]')].map((cell) =>
        Number(cell.getAttribute('fill-opacity'))
      )
      expect(strengths.filter((strength) => strength >= 1).length).toBe(shares.filter((share) => share === 0.2).length)
    }
  })
  it('finds the cell under a position, and none outside', () => {
    const { cellAt, corner, cellSize } = drawConfusionMatrix(document, upos, options())
    const { x, y } = corner({ row: 3, column: 16 })
    expect(cellAt(x + 1, y + cellSize - 1)).toEqual({ row: 3, column: 16 })
    expect(cellAt(2, y)).toBeNull()
    expect(cellAt(x + cellSize + 1, y)).toBeNull()
  })
  it('stays within the room it is given while the cells are readable', () => {
    const { svg, cellSize } = drawConfusionMatrix(document, upos, options())
    expect(Number(svg.getAttribute('width'))).toBeLessThanOrEqual(520)
    expect(Number(svg.getAttribute('height'))).toBeLessThanOrEqual(420)
    expect(cellSize).toBeGreaterThanOrEqual(16)
  })
  it('grows rather than make 49 classes unreadable', () => {
    const deprel = arrangeConfusion(
      { classes: deprelClasses, counts: confusionCounts(deprelClasses, 0.78) },
      'frequency'
    )
    const { svg, cellSize } = drawConfusionMatrix(document, deprel, options({ width: 300, height: 300 }))
    expect(cellSize).toBe(10)
    expect(Number(svg.getAttribute('width'))).toBeGreaterThan(49 * 10)
    expect(svg.querySelectorAll('[data-gold]')).toHaveLength(49)
    expect(svg.querySelectorAll('[data-predicted]')).toHaveLength(49)
  })
})
