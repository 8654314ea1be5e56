import type { SentenceRow } from '@shared/dataset'
import { computed, type ComputedRef } from 'vue'
import { client } from '@/client'
import { makeReading, type Reading, type ReadingRequest } from '@/stores/reading'
import { useAnswer, type Answer } from './useAnswer'

/** Pictures of whole heads are not drawn of these readings. */
const thumbnailSize = 4

/**
 * A sentence as a model reads it that need not be the open one; null until the engine has answered.
 * @param request null where there is nothing to read
 * @param row the sentence's gold labels
 */
export function useReadingOf(
  request: () => ReadingRequest | null,
  row: () => SentenceRow | null = () => null
): Omit<Answer<Reading>, 'value'> & { value: ComputedRef<Reading | null> } {
  const answer = useAnswer<Reading>(
    () => request()?.key ?? null,
    async () => {
      const asked = request()!
      const labels = row()
      const analysis = await client.call('sentence.analyze', {
        modelId: asked.model.id,
        sentence: asked.sentence,
        thumbnailSize
      })
      return makeReading(asked, analysis, labels)
    }
  )
  return {
    ...answer,
    value: computed(() => (answer.value.value?.key === request()?.key ? answer.value.value : null))
  }
}
