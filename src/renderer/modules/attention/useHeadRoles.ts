import type { HeadTable } from '@shared/ablation'
import { computed, watch } from 'vue'
import { client } from '@/client'
import { useAnswer } from '@/composables/useAnswer'
import { useCorpusJob } from '@/composables/useCorpusJob'
import { useKept, useKeptStore } from '@/stores/keptStore'
import { useAnalysisStore } from '@/stores/analysisStore'
import { useSessionStore } from '@/stores/sessionStore'
import { headRoles } from './headRoles'

export type HeadRoles = ReturnType<typeof useHeadRoles>

/** Words that heads are scored on, as in Ablation. */
const words = 10_000

/**
 * The roles of the open model's heads on the open data: from the newest kept scores, whichever view made them, or
 * scored here and kept.
 */
export function useHeadRoles() {
  const session = useSessionStore()
  const kept = useKeptStore()
  const store = useAnalysisStore()
  const job = useCorpusJob<HeadTable>({ anySplit: true })
  const newest = useKept('heads', true)
  const { value: read } = useAnswer(
    () => newest.value[0]?.id ?? null,
    () => kept.read('heads', newest.value[0]!.id)
  )
  const table = computed(() => job.result.value ?? read.value)
  const roles = computed(() => (table.value ? headRoles(table.value) : null))
  /** Seconds that scoring takes, from how long the sentence on screen took; null while none was read. */
  const seconds = computed(() => {
    const reading = store.reading
    return reading ? ((reading.milliseconds / Math.max(1, reading.words.length)) * words) / 1000 : null
  })
  watch(
    () => job.result.value,
    (done) => done && void kept.refresh()
  )
  function score(): void {
    const { model, dataset, split } = session
    if (!model || !dataset) return
    const part = { datasetId: dataset.id, split, maxWords: words, draw: 1 }
    void job.start((jobId) => client.call('ablation.heads', { modelId: model.id, ...part, jobId }))
  }
  return { roles, table, seconds, job, score, possible: computed(() => session.dataset !== null) }
}
