import { computed, shallowRef, watch, type ComputedRef } from 'vue'
import { useCorpusJob } from '@/composables/useCorpusJob'
import type { Job } from '@/composables/useJob'
import { useInterventionStore } from './interventionStore'

export interface EffectJob<T> extends Job<T> {
  /** The board is another than the one that the result was measured with. */
  stale: ComputedRef<boolean>
}

/**
 * A measure of the board: its result stays when the board changes, and says that it is of another.
 * @param options those of `useCorpusJob`
 */
export function useEffectJob<T>(options?: Parameters<typeof useCorpusJob>[0]): EffectJob<T> {
  const board = useInterventionStore()
  const job = useCorpusJob<T>(options)
  let started = board.state
  const measured = shallowRef(board.state)
  watch(job.result, () => (measured.value = started))
  return {
    ...job,
    start: (work) => {
      started = board.state
      return job.start(work)
    },
    stale: computed(() => job.result.value !== null && measured.value !== board.state)
  }
}
