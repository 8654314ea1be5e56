import { computed, shallowRef, watch, type ComputedRef } from 'vue'
import { useInterventionStore } from './interventionStore'
import { useAblationJob, type AblationJob } from './useAblationJob'

export interface EffectJob<T> extends AblationJob<T> {
  /** The board is another than the one that the result was measured with. */
  stale: ComputedRef<boolean>
  /** Forgets the result, and what makes the next. */
  clear(): void
}

/** A measure of the board: its result stays when the board changes, and says that it is of another. */
export function useEffectJob<T>(): EffectJob<T> {
  const board = useInterventionStore()
  const job = useAblationJob<T>()
  let started = board.state
  const measured = shallowRef(board.state)
  watch(job.result, () => (measured.value = started))
  return {
    ...job,
    start: (work) => {
      started = board.state
      return job.start(work)
    },
    stale: computed(() => job.result.value !== null && measured.value !== board.state),
    clear: () => {
      job.cancel()
      job.result.value = null
      job.error.value = null
    }
  }
}
