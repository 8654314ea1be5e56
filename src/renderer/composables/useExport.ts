import { useNoticeStore } from '@/stores/noticeStore'
import { useOriginStore } from '@/stores/originStore'
import { useProofStore, type ExportContent, type ExportFormat } from '@/stores/proofStore'
import { exportTable } from '@/plots/saveTable'

/**
 * The handler of an export menu. A figure is shown as it will be printed before it is saved; a table is saved at once,
 * and a failure becomes a notice.
 * @param content what the view shows, for a format; null while it shows nothing
 */
export function useExport(content: ExportContent): (format: ExportFormat) => Promise<void> {
  const notices = useNoticeStore()
  const proof = useProofStore()
  const origin = useOriginStore()
  return async (format) => {
    if (format === 'figure') {
      proof.open(content)
      return
    }
    try {
      const shown = await content(format)
      if (shown) exportTable(shown, format, origin.of(shown))
    } catch (error) {
      notices.fail('Export failed', error)
    }
  }
}
