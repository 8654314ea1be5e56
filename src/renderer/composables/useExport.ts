import type { CsvValue } from '@shared/csv'
import type { ExportFormat } from '@/components/ExportMenu.vue'
import { exportFigure, exportTable } from '@/plots/saveFigure'
import { useNoticeStore } from '@/stores/noticeStore'

export interface Exported {
  /** Of the file, without its ending. */
  name: string
  rows: readonly Record<string, CsvValue>[]
  /** What JSON says in addition to the rows. */
  about?: Record<string, unknown>
  /** The figure as it is on screen; nothing is saved while there is none. */
  svg?: SVGSVGElement | null
}

/**
 * The handler of an export menu. It saves a table or the figure, and a failure becomes a notice.
 * @param content what the view shows, for a format; null while it shows nothing
 */
export function useExport(
  content: (format: ExportFormat) => Exported | null | Promise<Exported | null>
): (format: ExportFormat) => Promise<void> {
  const notices = useNoticeStore()
  return async (format) => {
    try {
      const shown = await content(format)
      if (!shown) return
      if (format === 'csv' || format === 'json') exportTable(shown.name, format, shown.rows, shown.about)
      else if (shown.svg) await exportFigure(shown.name, format, shown.svg)
    } catch (error) {
      notices.fail('Export failed', error)
    }
  }
}
