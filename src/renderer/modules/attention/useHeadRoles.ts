import type { HeadTable } from '@shared/ablation'
import { computed, watch } from 'vue'
import { client } from '@/client'
import { useAnswer } from '@/composables/useAnswer'
import { useCorpusJob } from '@/composables/useCorpusJob'
import { headsRequest } from '@/setup/usualRequests'
import { useKept, useKeptStore } from '@/stores/keptStore'
import { useAnalysisStore } from '@/stores/analysisStore'
import { useSessionStore } from '@/stores/sessionStore'
import { headRoles } from './headRoles'

export type HeadRoles = ReturnType<typeof useHeadRoles>

/**
 * The roles of the open model's heads on the open data: from the newest kept scores, whichever view made them, or
 * scored here and kept.
 * @param wanted whether the price of scoring is to be known
 */
export function useHeadRoles(wanted: () => boolean) {
  const session = useSessionStore()
  const kept = useKeptStore()
  const store = useAnalysisStore()
  const job = useCorpusJob<HeadTable>({ anySplit: true })
  const newest = useKept('heads', true)
  const { value: read } = useAnswer(
    () => newest.value[0]?.id ?? null,
    () => kept.read('heads', newest.value[0]!.id)
  )
  /** What is asked without random tokens: only the words of the data say what a head does over them. */
  const request = computed(() => {
    const { model, dataset, split } = session
    return model && dataset ? headsRequest({ modelId: model.id, datasetId: dataset.id, split }, false) : null
  })
  const table = computed(() => job.result.value ?? read.value)
  const roles = computed(() => (table.value ? headRoles(table.value) : null))
  /** Of reading the same words without their maps, which is measured; null where their vectors are kept already. */
  const { value: extraction } = useAnswer(
    () => (wanted() && !table.value && request.value ? `${request.value.modelId} ${request.value.datasetId}` : null),
    () => client.call('activations.estimate', { ...request.value!, pool: 'mean' })
  )
  /** Seconds that scoring takes: maps double the work of a pass. Null while that is not known. */
  const seconds = computed(() => {
    const { reading } = store
    if (extraction.value && !extraction.value.cached) return 2 * extraction.value.seconds
    if (!extraction.value || !reading) return null
    return (2 * reading.milliseconds * extraction.value.subwords) / Math.max(64, reading.tokens.length) / 1000
  })
  watch(
    () => job.result.value,
    (done) => done && void kept.refresh()
  )
  function score(): void {
    const asked = request.value
    if (asked) void job.start((jobId) => client.call('ablation.heads', { ...asked, jobId }))
  }
  return { roles, table, seconds, job, score, possible: computed(() => session.dataset !== null) }
}
