import { computed, type ComputedRef, type WritableComputedRef } from 'vue'
import { useSessionStore } from '@/stores/sessionStore'
import { offeredLimit, wordLimits } from '@/setup/setupOptions'
import { useInterventionStore } from './interventionStore'

export interface TrainLimit {
  /** What a select works with. */
  text: WritableComputedRef<string | null>
  options: ComputedRef<{ value: string; title: string }[]>
  /** Null for all of the part. */
  words: ComputedRef<number | null>
}

/** How many words of a part erasers are fitted to and probes trained on. */
export function useTrainLimit(split: () => string): TrainLimit {
  const session = useSessionStore()
  const board = useInterventionStore()
  const available = computed(() => session.dataset?.splits.find(({ name }) => name === split())?.words ?? 0)
  const words = computed(() =>
    offeredLimit(board.trainWords === 'null' ? null : Number(board.trainWords), available.value)
  )
  return {
    words,
    options: computed(() => wordLimits(available.value).map(({ value, title }) => ({ value: String(value), title }))),
    text: computed({ get: () => String(words.value), set: (text) => (board.trainWords = text ?? 'null') })
  }
}
