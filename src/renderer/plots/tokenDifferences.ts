import { scaleLinear } from 'd3-scale'
import { svgElement, svgRoot, textWidth } from './svg'

export interface TokenRow {
  /** Null where the sentence has no token in this place. */
  good: { text: string; value: number | null } | null
  bad: { text: string; value: number | null } | null
  same: boolean
  /** Value of the acceptable sentence's token minus the other's. */
  difference: number
}

export interface TokenDifferencesOptions {
  width: number
  goodTitle: string
  badTitle: string
  format: (value: number) => string
  label: string
}

const rowHeight = 20
const top = 22
const fontSize = 11.5

/**
 * Two sentences token by token, one on either side, and between them the difference: to the left where it speaks for
 * the acceptable sentence.
 */
export function drawTokenDifferences(
  document: Document,
  rows: readonly TokenRow[],
  options: TokenDifferencesOptions
): { svg: SVGSVGElement } {
  const { width, format } = options
  const height = top + rows.length * rowHeight + 24
  const svg = svgRoot(document, width, height, options.label)
  const tokens = rows.flatMap(({ good, bad }) => [good?.text ?? '', bad?.text ?? ''])
  const side = Math.min(width * 0.34, Math.ceil(Math.max(60, ...tokens.map((text) => textWidth(text, fontSize)))) + 60)
  const most = Math.max(1e-9, ...rows.map(({ difference }) => Math.abs(difference)))
  const bar = scaleLinear()
    .domain([-most, most])
    .range([width - side - 8, side + 8])
  const zero = bar(0)
  svgElement(
    svg,
    'text',
    { x: side - 8, y: 12, 'text-anchor': 'end', 'font-size': 11, 'font-weight': 600, fill: 'var(--text-muted)' },
    options.goodTitle
  )
  svgElement(
    svg,
    'text',
    { x: zero, y: 12, 'text-anchor': 'middle', 'font-size': 11, fill: 'var(--text-faint)' },
    'difference'
  )
  svgElement(
    svg,
    'text',
    { x: width - side + 8, y: 12, 'font-size': 11, 'font-weight': 600, fill: 'var(--text-muted)' },
    options.badTitle
  )
  svgElement(svg, 'line', {
    x1: zero,
    x2: zero,
    y1: top - 4,
    y2: top + rows.length * rowHeight + 2,
    stroke: 'var(--border-strong)'
  })
  rows.forEach(({ good, bad, same, difference }, i) => {
    const middle = top + i * rowHeight + rowHeight / 2
    const value = (token: TokenRow['good']): string =>
      token === null || token.value === null ? '' : format(token.value)
    const group = svgElement(svg, 'g', { 'data-place': i })
    const name = {
      'font-size': fontSize,
      'font-weight': same ? 400 : 650,
      fill: same ? 'var(--text-muted)' : 'var(--text)'
    }
    const number = { 'font-size': 10.5, fill: 'var(--text-faint)' }
    if (good) {
      svgElement(group, 'text', { x: side - 48, y: middle + 4, 'text-anchor': 'end', ...name }, good.text)
      svgElement(group, 'text', { x: side - 8, y: middle + 4, 'text-anchor': 'end', ...number }, value(good))
    }
    if (bad) {
      svgElement(group, 'text', { x: width - side + 48, y: middle + 4, ...name }, bad.text)
      svgElement(group, 'text', { x: width - side + 8, y: middle + 4, ...number }, value(bad))
    }
    if (difference === 0) return
    const end = bar(difference)
    const shape = svgElement(group, 'rect', {
      x: Math.min(zero, end),
      y: middle - 6,
      width: Math.max(1, Math.abs(end - zero)),
      height: 12,
      rx: 2,
      fill: difference > 0 ? 'var(--accent)' : 'var(--mark)',
      'fill-opacity': 0.75
    })
    svgElement(
      shape,
      'title',
      {},
      `${good?.text ?? '–'} / ${bad?.text ?? '–'}: ${difference > 0 ? '+' : ''}${format(difference)}`
    )
  })
  const sum = rows.reduce((total, { difference }) => total + difference, 0)
  svgElement(
    svg,
    'text',
    {
      x: zero,
      y: height - 6,
      'text-anchor': 'middle',
      'font-size': 11,
      'font-weight': 600,
      fill: sum > 0 ? 'var(--accent-strong)' : 'var(--mark)'
    },
    `together ${sum > 0 ? '+' : ''}${format(sum)}`
  )
  return { svg }
}
