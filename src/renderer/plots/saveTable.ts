import { csvOfRecords } from '@shared/csv'
import type { Exported } from '@/stores/proofStore'
import { downloadText } from './exporting'
import type { FigureOrigin } from './figureOrigin'

/** Saves rows as a table, or as JSON with whatever the view adds to them, and with what made them. */
export function exportTable(shown: Exported, format: 'csv' | 'json', origin: FigureOrigin): void {
  if (format === 'csv') {
    downloadText(`${shown.name}.csv`, 'text/csv', csvOfRecords(shown.rows))
    return
  }
  const { about, rows, document } = shown
  const content = document === undefined ? { ...about, rows } : (document as object)
  downloadText(
    `${shown.name}.json`,
    'application/json',
    `${JSON.stringify({ ...content, layerscope: origin }, null, document === undefined ? 2 : undefined)}\n`
  )
}
