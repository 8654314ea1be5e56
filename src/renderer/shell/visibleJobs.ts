import { endedStates, type JobStatus } from '@shared/jobs'
import { computed, onScopeDispose, shallowRef, watch, type ComputedRef } from 'vue'
import { useJobStore } from '@/stores/jobStore'

/** Shorter work comes and goes without a mark. */
export const appearAfterMs = 400
/** A finished job stays this long, so that its end is seen. */
export const lingerMs = 4000

/**
 * The jobs worth showing at all times: those that take a moment, then finished ones for a little while; each in the
 * order of beginning.
 */
export function useVisibleJobs(): ComputedRef<JobStatus[]> {
  const store = useJobStore()
  const shown = shallowRef<ReadonlySet<string>>(new Set())
  const timers = new Map<string, ReturnType<typeof setTimeout>>()

  function after(id: string, milliseconds: number, action: () => void): void {
    clearTimeout(timers.get(id))
    timers.set(id, setTimeout(action, milliseconds))
  }
  function leave(id: string): void {
    clearTimeout(timers.get(id))
    timers.delete(id)
    shown.value = new Set([...shown.value].filter((other) => other !== id))
    const job = store.jobs.get(id)
    if (job && !isListed(job)) store.drop(id)
  }

  watch(
    () => store.jobs,
    (jobs, previous) => {
      for (const job of jobs.values()) {
        const before = previous?.get(job.id)
        if (before?.state === job.state) continue
        if (job.state === 'running')
          after(job.id, appearAfterMs, () => (shown.value = new Set(shown.value).add(job.id)))
        else if (!endedStates.includes(job.state)) continue
        else if (shown.value.has(job.id)) after(job.id, lingerMs, () => leave(job.id))
        else leave(job.id)
      }
    },
    { immediate: true }
  )
  onScopeDispose(() => timers.forEach((timer) => clearTimeout(timer)))

  return computed(() =>
    [...store.jobs.values()]
      .filter((job) => shown.value.has(job.id) && (job.state === 'running' || endedStates.includes(job.state)))
      .sort((a, b) => Number(b.state === 'running') - Number(a.state === 'running') || a.createdAt - b.createdAt)
  )
}

/** Whether a job stays in the list of jobs until something is done about it: all of the queue but what went well. */
export function isListed(job: JobStatus): boolean {
  return job.queued && job.state !== 'done' && job.state !== 'cancelled'
}
