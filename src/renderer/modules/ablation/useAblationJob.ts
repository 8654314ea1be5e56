import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { client } from '@/client'

export interface AblationJob<T> {
  result: ShallowRef<T | null>
  running: Ref<boolean>
  error: Ref<string | null>
  /** Starts it; what ran before is cancelled. */
  start(work: (jobId: string) => Promise<T>): Promise<void>
  cancel(): void
}

/** One piece of long work of a pane: its last result, and the job that makes the next. */
export function useAblationJob<T>(): AblationJob<T> {
  const result = shallowRef<T | null>(null)
  const running = ref(false)
  const error = ref<string | null>(null)
  let current: string | null = null

  function cancel(): void {
    // It may have ended a moment before.
    if (current !== null) void client.call('job.cancel', { jobId: current }).catch(() => undefined)
  }
  async function start(work: (jobId: string) => Promise<T>): Promise<void> {
    cancel()
    const jobId = crypto.randomUUID()
    current = jobId
    running.value = true
    error.value = null
    try {
      const next = await work(jobId)
      if (current === jobId) result.value = next
    } catch (failure) {
      const cancelled = failure instanceof Error && failure.name === 'JobCancelled'
      if (current === jobId && !cancelled) error.value = failure instanceof Error ? failure.message : String(failure)
    } finally {
      if (current === jobId) {
        running.value = false
        current = null
      }
    }
  }
  onScopeDispose(cancel)
  return { result, running, error, start, cancel }
}
