import { endedStates, type JobStatus } from '@shared/jobs'
import type { CallName } from '@shared/contract'
import { watch } from 'vue'
import { useJobStore } from '@/stores/jobStore'

/**
 * Calls `then` whenever jobs of these calls have ended, in whatever way: those of this window, of another one, and of
 * this one before it was reloaded.
 */
export function onJobsEnd(names: readonly CallName[], then: (ended: JobStatus[]) => void): void {
  const store = useJobStore()
  const hasEnded = (job: JobStatus | undefined): boolean => job !== undefined && endedStates.includes(job.state)
  watch(
    () => store.jobs,
    (now, before) => {
      const ended = [...now.values()].filter(
        (job) => names.some((name) => name === job.call) && hasEnded(job) && !hasEnded(before.get(job.id))
      )
      if (ended.length > 0) then(ended)
    }
  )
}
