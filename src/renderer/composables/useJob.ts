import type { JobStatus } from '@shared/jobs'
import { computed, onScopeDispose, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { client } from '@/client'
import { useJobStore } from '@/stores/jobStore'

export interface Job<T> {
  /** Of the last job that was done; it stays while the next one runs. */
  result: ShallowRef<T | null>
  running: Ref<boolean>
  /** State and progress of the job that runs, by its id; null before the engine has reported it. */
  status: ComputedRef<JobStatus | null>
  /** Why the last job failed, as a sentence. */
  error: Ref<string | null>
  /**
   * Starts a job; one that still runs is cancelled, and its answer dropped.
   * @param work asks the engine, with the job's id
   * @returns the result; null where the job failed, was cancelled, or another was started meanwhile
   */
  start(work: (jobId: string) => Promise<T>): Promise<T | null>
  cancel(): void
  /** Cancels what runs, and forgets result and error. */
  clear(): void
}

export interface JobOptions {
  /** The job goes on when the component or store that started it is gone. */
  outlives?: boolean
  /** Hears of a failure in place of `error`; not of a cancelled job. */
  onFailure?: (error: unknown) => void
}

/** One piece of long work: its last result, and the job that makes the next. */
export function useJob<T>({ outlives = false, onFailure }: JobOptions = {}): Job<T> {
  const jobs = useJobStore()
  const result = shallowRef<T | null>(null)
  const running = ref(false)
  const error = ref<string | null>(null)
  const current = ref<string | null>(null)
  const status = computed(() => (current.value === null ? null : (jobs.jobs.get(current.value) ?? null)))

  function cancel(): void {
    // It may have ended a moment before.
    if (current.value !== null) void client.call('job.cancel', { jobId: current.value }).catch(() => undefined)
  }

  async function start(work: (jobId: string) => Promise<T>): Promise<T | null> {
    cancel()
    const jobId = crypto.randomUUID()
    const isCurrent = (): boolean => current.value === jobId
    current.value = jobId
    running.value = true
    error.value = null
    try {
      const next = await work(jobId)
      if (!isCurrent()) return null
      result.value = next
      return next
    } catch (failure) {
      const cancelled = failure instanceof Error && failure.name === 'JobCancelled'
      if (!isCurrent() || cancelled) return null
      if (onFailure) onFailure(failure)
      else error.value = failure instanceof Error ? failure.message : String(failure)
      return null
    } finally {
      if (isCurrent()) {
        running.value = false
        current.value = null
      }
    }
  }

  function clear(): void {
    cancel()
    current.value = null
    running.value = false
    result.value = null
    error.value = null
  }

  if (!outlives) onScopeDispose(cancel)
  return { result, running, status, error, start, cancel, clear }
}
