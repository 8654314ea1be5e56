import type { ModelInfo } from '@shared/model'
import type { Answer } from '@shared/results'
import { computed, watch } from 'vue'
import { client } from '@/client'
import { useSessionStore } from '@/stores/sessionStore'
import { useJob, type Job } from './useJob'

/** Words that heads and neurons are measured on. */
const measuredWords = 1000

/**
 * Which heads and neurons differ between two models of one shape, over words of the test part.
 * @param pair null while there is nothing to compare
 * @param shown only then is anything computed; equal requests are answered from what is kept
 */
export function useHeadChanges(
  pair: () => { base: ModelInfo; adapted: ModelInfo } | null,
  shown: () => boolean
): Job<Answer<'adapted'>> {
  const session = useSessionStore()
  const changes = useJob<Answer<'adapted'>>({ outlives: true })
  const asked = computed(() => {
    const { dataset } = session
    const models = pair()
    if (!models || !dataset) return null
    return {
      modelA: models.base.id,
      modelB: models.adapted.id,
      datasetId: dataset.id,
      split: dataset.suggested.test,
      maxWords: measuredWords,
      draw: 1
    }
  })
  watch(
    [asked, shown],
    ([request, isShown], [before]) => {
      if (JSON.stringify(request) !== JSON.stringify(before)) changes.clear()
      if (request && isShown && !changes.result.value && !changes.running.value)
        void changes.start((jobId) => client.call('compare.adapted', { ...request, jobId }))
    },
    { immediate: true }
  )
  return changes
}
