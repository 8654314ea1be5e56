import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { useLayoutStore } from '@/stores/layoutStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { importFiles, looksLike, modelPathOf, worthImporting, type ImportFile } from './importing'
import { useOpening } from '@/stores/opening'

/** Files on their way from this computer to the engine's, one import at a time. */
export const useImportStore = defineStore('import', () => {
  const notices = useNoticeStore()
  const layout = useLayoutStore()
  const opening = useOpening()
  const active = ref(false)
  const title = ref('')
  const done = ref(0)
  const total = ref(0)
  const controller = shallowRef<AbortController | null>(null)

  /** Imports and then opens them: a model at once, data through the preview. */
  async function importAndOpen(given: readonly ImportFile[]): Promise<void> {
    if (active.value) {
      notices.add(
        'warning',
        'One import at a time',
        'Wait for the current import to finish, then drop these files again.'
      )
      return
    }
    const files = worthImporting(given)
    if (files.length === 0) {
      notices.add(
        'warning',
        'Nothing to open',
        'Drop a model folder (config.json with its weights) or data files (CoNLL-U, TSV, CSV, JSONL, Parquet, Arrow).'
      )
      return
    }
    const kind = looksLike(files)
    const abort = new AbortController()
    controller.value = abort
    active.value = true
    title.value = files.length === 1 ? files[0]!.name : `${files.length} files`
    try {
      const paths = await importFiles(
        files,
        (sent, all) => {
          done.value = sent
          total.value = all
        },
        abort.signal
      )
      active.value = false
      // The engine's side looks into a file: its content tells word vectors from data.
      if (kind === 'dataset') await opening.openPaths(paths)
      else {
        layout.dialog = null
        const path = modelPathOf(paths)
        if (path) await opening.openModel(path)
      }
    } catch (error) {
      if (!abort.signal.aborted) notices.fail('The files could not be imported', error)
    } finally {
      active.value = false
      controller.value = null
    }
  }
  /**
   * Imports files for somebody who opens them. @returns their paths; none where that was stopped or failed, which is
   * then said in a notice
   */
  async function importOnly(files: readonly ImportFile[]): Promise<string[]> {
    const abort = new AbortController()
    controller.value = abort
    active.value = true
    title.value = files.length === 1 ? files[0]!.name : `${files.length} files`
    try {
      return await importFiles(
        files,
        (sent, all) => {
          done.value = sent
          total.value = all
        },
        abort.signal
      )
    } catch (error) {
      if (!abort.signal.aborted) notices.fail('The files could not be imported', error)
      return []
    } finally {
      active.value = false
      controller.value = null
    }
  }
  function cancel(): void {
    controller.value?.abort()
  }
  return { active, title, done, total, importAndOpen, importOnly, cancel }
})
