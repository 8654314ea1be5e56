import { csvOfRecords, type CsvValue } from '@shared/csv'
import { downloadBlob, downloadText, svgToPng, svgToString } from '@/plots/exporting'
import { savePdf } from '@/plots/figurePdf'

export type FigureFormat = 'svg' | 'pdf' | 'png'

/** Saves a drawing as it is on screen. */
export async function exportFigure(name: string, format: FigureFormat, svg: SVGSVGElement): Promise<void> {
  const title = svg.getAttribute('aria-label') ?? name
  if (format === 'pdf') await savePdf(name, svg, { title })
  else if (format === 'svg') downloadText(`${name}.svg`, 'image/svg+xml', await svgToString(svg, { title }))
  else downloadBlob(`${name}.png`, await svgToPng(svg, { title }))
}

/** Saves rows as a table, or as JSON with whatever `about` adds to them. */
export function exportTable(
  name: string,
  format: 'csv' | 'json',
  rows: readonly Record<string, CsvValue>[],
  about: Record<string, unknown> = {}
): void {
  if (format === 'csv') downloadText(`${name}.csv`, 'text/csv', csvOfRecords(rows))
  else downloadText(`${name}.json`, 'application/json', `${JSON.stringify({ ...about, rows }, null, 2)}\n`)
}
