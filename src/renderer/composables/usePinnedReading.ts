import { computed, type ComputedRef } from 'vue'
import { client } from '@/client'
import { usePinStore } from '@/stores/pinStore'
import { makeReading, type Reading } from '@/stores/reading'
import { useAnswer, type Answer } from './useAnswer'

/** A sentence as the pinned side reads it; null until the engine has answered, and where nothing is pinned. */
export function usePinnedReading(): Omit<Answer<Reading>, 'value'> & { value: ComputedRef<Reading | null> } {
  const pin = usePinStore()
  const answer = useAnswer<Reading>(
    () => pin.reading?.key ?? null,
    async () => {
      const request = pin.reading!
      const asked = { modelId: request.model.id, sentence: request.sentence, thumbnailSize: 4 }
      return makeReading(request, await client.call('sentence.analyze', asked), null)
    }
  )
  return {
    ...answer,
    value: computed(() => (answer.value.value?.key === pin.reading?.key ? answer.value.value : null))
  }
}
