import { computed, type ComputedRef } from 'vue'
import { useAnalysisStore } from '@/stores/analysisStore'
import type { ReadingRequest } from '@/stores/reading'
import { useSessionStore } from '@/stores/sessionStore'
import { useAnswer, type Answer } from './useAnswer'

export interface ReadingAnswer<T> extends Omit<Answer<T>, 'value'> {
  value: ComputedRef<T | null>
}

/**
 * Asks about the chosen sentence and model, again whenever they or `about` change. The answer is there only while its
 * model and sentence are the chosen ones; of the same two, an older answer stays until the new one is there.
 * @param about what else the answer depends on; null where there is nothing to ask
 */
export function useReadingAnswer<T>(
  about: () => unknown,
  ask: (request: ReadingRequest) => Promise<T>
): ReadingAnswer<T> {
  const store = useAnalysisStore()
  const session = useSessionStore()
  const { value, loading, error } = useAnswer(
    () => {
      const more = store.wanted ? about() : null
      return more === null ? null : JSON.stringify([store.wanted!.key, session.engine.restarts, more])
    },
    async () => {
      const request = store.wanted!
      return { of: request.key, answer: await ask(request) }
    },
    { keep: true }
  )
  return {
    value: computed(() => (value.value && value.value.of === store.wanted?.key ? value.value.answer : null)),
    loading,
    error
  }
}
