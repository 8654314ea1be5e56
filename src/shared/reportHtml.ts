import type { ReportCell } from './report'
import { reportScript, reportStyles } from './reportPage'

/** Nothing is fetched, whoever opens the file: what it shows is inside. */
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; font-src data:; " +
  "base-uri 'none'; form-action 'none'"

export interface ReportWords {
  title: string
  /** As it is written under the title. */
  madeAt: string
}

/** '3 figures, 30 November 2026'. */
export function reportMade(cells: readonly ReportCell[], at: Date): string {
  const day = at.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' })
  return `${cells.length} ${cells.length === 1 ? 'figure' : 'figures'}, ${day}`
}

/**
 * A report as one HTML file with its figures, fonts and data: it can be read without a network, its marks say their
 * values when they are pointed at, and its tables can be sorted.
 */
export function reportHtml(cells: readonly ReportCell[], { title, madeAt }: ReportWords): string {
  const figures = cells.map(({ svg }) => splitFonts(svg))
  const fonts = [...new Set(figures.flatMap((figure) => figure.fonts))].join('\n')
  const methods = [...new Set(cells.flatMap(({ methods }) => (methods.trim() ? [methods.trim()] : [])))]
  const sources = [...new Set(cells.flatMap(({ bibtex }) => entriesOf(bibtex)))]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="generator" content="Layerscope">
<title>${escaped(title)}</title>
<style>${fonts}
${reportStyles}</style>
</head>
<body>
<main>
<header><h1>${escaped(title)}</h1><p class="quiet">${escaped(madeAt)}</p></header>
${cells.map((cell, index) => section(cell, figures[index]!.svg, index + 1)).join('\n')}
${chapter('Methods', methods.map((text) => `<p>${escaped(text)}</p>`).join(''))}
${chapter('References (BibTeX)', sources.length > 0 ? `<pre tabindex="0">${escaped(sources.join('\n\n'))}</pre>` : '')}
</main>
<div id="tip" role="status" hidden></div>
<script>${reportScript}</script>
</body>
</html>
`
}

function section(cell: ReportCell, svg: string, number: number): string {
  const { title, caption, note, origin, rows, rowCount } = cell
  const facts = [
    origin.model && `model ${origin.model.name} (${origin.model.id})`,
    origin.data && `data ${origin.data.name}, ${origin.data.split} (${origin.data.id})`,
    origin.run && `run ${origin.run.id}`,
    `Layerscope ${origin.version}`
  ].filter((fact) => fact !== null && fact !== undefined)
  const open = origin.address ? `<a href="${escaped(origin.address)}">Open this view in Layerscope</a>` : ''
  const columns = Object.keys(rows[0] ?? {})
  return `<section aria-label="${escaped(title)}">
<figure>${svg}<figcaption><b>Figure ${number}.</b> ${escaped(caption)}</figcaption></figure>
${note.trim() ? `<p class="note">${escaped(note.trim())}</p>` : ''}
<p class="quiet">${facts.map(escaped).join(' · ')}${open && ` · ${open}`}</p>
${columns.length > 0 ? data(number, countText(rows.length, rowCount), table(columns, rows)) : ''}
</section>`
}

function data(number: number, count: string, rows: string): string {
  const name = `role="region" aria-label="Data of figure ${number}"`
  return `<details><summary>Data: ${count}</summary><div class="table" tabindex="0" ${name}>${rows}</div></details>`
}

function chapter(title: string, content: string): string {
  return content ? `<section><h2>${title}</h2>${content}</section>` : ''
}

function countText(shown: number, all: number): string {
  return shown < all ? `the first ${shown} of ${all} rows` : `${all} ${all === 1 ? 'row' : 'rows'}`
}

function table(columns: readonly string[], rows: ReportCell['rows']): string {
  const head = columns.map((name) => `<th scope="col"><button type="button">${escaped(name)}</button></th>`).join('')
  const body = rows
    .map((row) => `<tr>${columns.map((name) => `<td>${escaped(String(row[name] ?? ''))}</td>`).join('')}</tr>`)
    .join('\n')
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table>`
}

/** The fonts of several figures are the same: they are in the page once. */
function splitFonts(svg: string): { svg: string; fonts: string[] } {
  const fonts: string[] = []
  const bare = svg
    .replace(/^<\?xml[^>]*\?>\s*/, '')
    .replace(/<style>([\s\S]*?)<\/style>/, (_all, faces: string) => {
      fonts.push(...(faces.match(/@font-face\{[^}]*\}/g) ?? []).map((face) => face.replaceAll('&quot;', '"')))
      return ''
    })
    // Its link is in the text beside the figure.
    .replace(/<metadata>[\s\S]*?<\/metadata>/, '')
  return { svg: bare, fonts }
}

function entriesOf(bibtex: string): string[] {
  return bibtex
    .split(/\n(?=@)/)
    .map((entry) => entry.trim())
    .filter((entry) => entry.startsWith('@'))
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
