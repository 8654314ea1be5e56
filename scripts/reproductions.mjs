// npm run reproductions: draws the charts of docs/reproductions.md from the figures in docs/reproductions/figures.json.
//
// The figures are copied from results (`--json`) of the commands that stand beside the tables. A chart is a line for
// each series over the same positions; a series may have a band (lowest and highest of several draws). Colours follow
// the reader's light or dark page.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scaleLinear, scalePoint } from 'd3-scale'
import { area, line } from 'd3-shape'
import { readJson, root } from './lib/paths.mjs'

const size = { width: 480, height: 280 }
const margin = { top: 52, right: 128, bottom: 42, left: 50 }
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9']
/** Least distance between two labels at the ends of lines, in pixels. */
const labelDistance = 13

const style = `text{font:11px system-ui,sans-serif;fill:#4b5563}.title{font-size:13px;font-weight:600;fill:#111827}.grid{stroke:#e5e7eb}.axis{stroke:#9ca3af}
@media (prefers-color-scheme:dark){text{fill:#b6bdc9}.title{fill:#f3f4f6}.grid{stroke:#374151}.axis{stroke:#6b7280}}`

const escaped = (text) => String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
const round = (value) => Math.round(value * 10) / 10

/**
 * Moves labels apart, from the lowest up, so that none covers another; where that leads above `top`, all of them down
 * again.
 */
function spread(labels, top) {
  const sorted = [...labels].sort((a, b) => b.y - a.y)
  sorted.forEach((label, i) => {
    if (i > 0) label.y = Math.min(label.y, sorted[i - 1].y - labelDistance)
  })
  const above = Math.max(0, top - Math.min(...sorted.map(({ y }) => y)))
  return sorted.map((label) => ({ ...label, y: label.y + above }))
}

function draw({ title, x, y, series }) {
  const inner = {
    left: margin.left,
    right: size.width - margin.right,
    top: margin.top,
    bottom: size.height - margin.bottom
  }
  const place = scalePoint(x.values.map(String), [inner.left, inner.right]).padding(0.25)
  const all = series
    .flatMap(({ values, band }) => [...values, ...(band ?? []).flat()])
    .filter((value) => value !== null)
  const height = scaleLinear([y.from ?? Math.min(...all), Math.max(...all)], [inner.bottom, inner.top]).nice(5)
  const points = (values) =>
    values.map((value, i) => ({ value, x: place(String(x.values[i])) })).filter(({ value }) => value !== null)
  const lines = height
    .ticks(5)
    .map(
      (tick) =>
        `<line class="grid" x1="${inner.left}" x2="${inner.right}" y1="${round(height(tick))}" y2="${round(height(tick))}"/><text x="${inner.left - 6}" y="${round(height(tick)) + 4}" text-anchor="end">${tick}</text>`
    )
  const positions = x.values.map(
    (value) =>
      `<text x="${round(place(String(value)))}" y="${inner.bottom + 16}" text-anchor="middle">${escaped(value)}</text>`
  )
  const curve = line(
    (point) => round(point.x),
    (point) => round(height(point.value))
  )
  const between = area(
    (point) => round(point.x),
    (point) => round(height(point.value[0])),
    (point) => round(height(point.value[1]))
  )
  const marks = series.map(({ values, band }, i) => {
    const colour = colours[i % colours.length]
    const shade = band ? `<path d="${between(points(band))}" fill="${colour}" opacity="0.18"/>` : ''
    const dots = points(values)
      .map((point) => `<circle cx="${round(point.x)}" cy="${round(height(point.value))}" r="2.6" fill="${colour}"/>`)
      .join('')
    return `${shade}<path d="${curve(points(values))}" fill="none" stroke="${colour}" stroke-width="2"/>${dots}`
  })
  const labels = spread(
    series.map(({ name, values }, i) => ({
      name,
      colour: colours[i % colours.length],
      x: points(values).at(-1).x + 8,
      y: height(points(values).at(-1).value) + 4
    })),
    margin.top
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" role="img" aria-label="${escaped(title)}">
<style>${style}</style>
<text class="title" x="12" y="20">${escaped(title)}</text>
${lines.join('')}
<line class="axis" x1="${inner.left}" x2="${inner.right}" y1="${inner.bottom}" y2="${inner.bottom}"/>
${positions.join('')}
<text x="${(inner.left + inner.right) / 2}" y="${size.height - 8}" text-anchor="middle">${escaped(x.title)}</text>
<text x="12" y="36">${escaped(y.title)}</text>
${marks.join('\n')}
${labels.map((label) => `<text x="${round(label.x)}" y="${round(label.y)}" style="fill:${label.colour}">${escaped(label.name)}</text>`).join('')}
</svg>
`
}

const charts = readJson('docs/reproductions/figures.json')
const folder = join(root, 'docs/images/reproductions')
mkdirSync(folder, { recursive: true })
for (const chart of charts) writeFileSync(join(folder, `${chart.file}.svg`), draw(chart))
console.log(`${charts.length} charts drawn in docs/images/reproductions.`)
