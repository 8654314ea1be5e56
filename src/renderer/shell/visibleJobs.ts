import type { JobStatus } from '@shared/jobs'
import { computed, onScopeDispose, shallowRef, watch, type ComputedRef } from 'vue'
import { useJobStore } from '@/stores/jobStore'

/** Shorter work comes and goes without a mark. */
export const appearAfterMs = 400
/** A finished job stays this long, so that its end is seen. */
export const lingerMs = 4000

/** The jobs worth showing: running ones that take a moment, and finished ones for a little while. Newest last. */
export function useVisibleJobs(): ComputedRef<JobStatus[]> {
  const store = useJobStore()
  const shown = shallowRef<ReadonlySet<string>>(new Set())
  const timers = new Map<string, ReturnType<typeof setTimeout>>()

  function after(id: string, milliseconds: number, action: () => void): void {
    clearTimeout(timers.get(id))
    timers.set(id, setTimeout(action, milliseconds))
  }
  function drop(id: string): void {
    clearTimeout(timers.get(id))
    timers.delete(id)
    shown.value = new Set([...shown.value].filter((other) => other !== id))
    store.forget(id)
  }

  watch(
    () => store.jobs,
    (jobs, previous) => {
      for (const job of jobs.values()) {
        const before = previous?.get(job.id)
        if (before?.state === job.state) continue
        if (job.state === 'running')
          after(job.id, appearAfterMs, () => (shown.value = new Set(shown.value).add(job.id)))
        else if (shown.value.has(job.id)) after(job.id, lingerMs, () => drop(job.id))
        else drop(job.id)
      }
    },
    { immediate: true }
  )
  onScopeDispose(() => timers.forEach((timer) => clearTimeout(timer)))

  return computed(() =>
    [...store.jobs.values()].filter((job) => shown.value.has(job.id)).sort((a, b) => a.createdAt - b.createdAt)
  )
}

/** How far a job is, from 0 to 1; null while its size is unknown. */
export function jobShare(job: JobStatus): number | null {
  if (job.state === 'done') return 1
  return job.total > 0 ? Math.min(1, job.done / job.total) : null
}
