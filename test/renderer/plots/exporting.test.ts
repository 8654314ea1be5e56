// @vitest-environment happy-dom
import { parse } from 'csv-parse/sync'
import { afterEach, describe, expect, it } from 'vitest'
import { csvOfRecords } from '@shared/csv'
import { addressInFile } from '@/plots/figureOrigin'
import { safeFileName } from '@/plots/exporting'
import { parseRanges, plainColour, svgDocument } from '@/plots/svgDocument'
import { formatBytes, formatCounted, formatPercent, formatSeconds } from '@/plots/format'

describe('tables', () => {
  it('are read back by a CSV reader as they were, whatever they contain', () => {
    const rows = [
      { word: 'plain', note: 'a,b' },
      { word: '"quoted"', note: 'two\nlines' },
      { word: ' leading', note: 'Ä, ß – 中文' },
      { word: '=SUM(A1)', note: '' }
    ]
    expect(parse(csvOfRecords(rows), { columns: true, trim: false })).toEqual(rows)
  })
  it('keep full numbers, leave what is missing empty, and take their columns in the order asked for', () => {
    expect(csvOfRecords([{ layer: 1, accuracy: 0.1 + 0.2, note: null }], ['accuracy', 'layer', 'note'])).toBe(
      'accuracy,layer,note\r\n0.30000000000000004,1,\r\n'
    )
  })
  it('are a header alone where there are no rows', () => {
    expect(csvOfRecords<{ a: number }>([], ['a'])).toBe('a\r\n')
  })
})

describe('names of files', () => {
  it('hold nothing an operating system refuses', () => {
    expect(safeFileName('upos: layer 3/6 "best".svg')).toBe('upos-layer-3-6-best-.svg')
    expect(safeFileName('../../etc/passwd')).toBe('etc-passwd')
    expect(safeFileName('\u0000')).toBe('layerscope')
    expect(safeFileName(`${'x'.repeat(300)}.csv`).endsWith('.csv')).toBe(true)
  })
})

describe('figures', () => {
  afterEach(() => document.body.replaceChildren())

  it('carry their look in themselves: computed colours as attributes, no class, no theme variable', async () => {
    document.body.innerHTML =
      '<svg viewBox="0 0 80 40"><g><circle class="dot" cx="5" cy="5" r="3"></circle><text x="1" y="2">Ä &lt; b</text><rect class="gone"></rect></g></svg>'
    const style = document.createElement('style')
    style.textContent = '.dot { fill: rgb(47, 91, 215); stroke-width: 2px; } .gone { display: none; }'
    document.body.append(style)
    const text = await svgDocument(document.querySelector('svg')!, {
      width: 80,
      height: 40,
      printed: { width: '3.25in', height: '1.625in' },
      title: 'Accuracy',
      description: 'Of 2,000 words',
      origin: '{"address":"layerscope://view#layer=1&head=2"}',
      background: '#fff'
    })
    const figure = new DOMParser().parseFromString(text.replace(/^<\?xml[^>]*\?>\n/, ''), 'image/svg+xml')
    expect(figure.querySelector('title')?.textContent).toBe('Accuracy')
    expect(figure.querySelector('rect')?.getAttribute('fill')).toBe('#fff')
    expect(figure.querySelector('circle')?.getAttribute('fill')).toBe('rgb(47, 91, 215)')
    expect(figure.querySelector('circle')?.hasAttribute('class')).toBe(false)
    expect(figure.querySelector('.gone')).toBeNull()
    expect(text).not.toContain('var(--')
    expect(figure.documentElement.getAttribute('width')).toBe('3.25in')
    expect(addressInFile(new TextEncoder().encode(text))).toBe('layer=1&head=2')
    expect(text).toContain('xmlns="http://www.w3.org/2000/svg"')
  })

  it('mixed colours are written so that editors know them', () => {
    expect(plainColour('color(srgb 0.2 0.4 1)')).toBe('rgb(51, 102, 255)')
    expect(plainColour('color(srgb 1 0 0 / 0.5)')).toBe('rgba(255, 0, 0, 0.5)')
    expect(plainColour('rgb(1, 2, 3)')).toBe('rgb(1, 2, 3)')
  })

  it('ranges of letters in a font face are read', () => {
    expect(parseRanges('U+0000-00FF, U+0131, U+4??')).toEqual([
      [0, 255],
      [0x131, 0x131],
      [0x400, 0x4ff]
    ])
    expect(parseRanges('')).toEqual([])
  })
})

it('numbers are written as people say them', () => {
  expect([0.2, 12.4, 89, 200, 5400, 9000].map(formatSeconds)).toEqual([
    'under 1 s',
    '12 s',
    '89 s',
    '3 min',
    '1 h 30 min',
    '2 h 30 min'
  ])
  expect([900, 45_433_664, 1.2e9, 250e9].map(formatBytes)).toEqual(['900 B', '45.4 MB', '1.2 GB', '250 GB'])
  expect([formatCounted(1, 'sentence'), formatCounted(2077, 'sentence'), formatPercent(0.92648)]).toEqual([
    '1 sentence',
    '2,077 sentences',
    '92.6'
  ])
})
