import { isActive, type JobStatus, type JobSubject } from '@shared/jobs'
import type { KeptResult, ListedResult } from '@shared/results'
import { computed, ref, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { client } from '@/client'
import { useJob } from '@/composables/useJob'
import { useJobStore } from '@/stores/jobStore'
import { useKept, useKeptStore } from '@/stores/keptStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useRunProgress } from './runProgress'

interface Training<Kind extends 'finetune' | 'pretrain', Progress> {
  /** The run that waits or trains for what is open, whoever requested it. */
  job: ComputedRef<JobStatus | null>
  progress: Readonly<ShallowRef<Progress | null>>
  /** Whether a run was requested here and has not ended. */
  starting: Ref<boolean>
  /** Kept runs of the open model and data, newest first. */
  runs: ComputedRef<ListedResult[]>
  /** Id of the run that was chosen to be shown; null for the newest. */
  chosen: Ref<string | null>
  /** Trains, and chooses the run once it is kept. */
  train(work: (jobId: string) => Promise<KeptResult<Kind>>): Promise<void>
  remove(id: string): Promise<void>
  cancel(): void
}

/**
 * Training as a job of the queue whose runs are kept. What fails becomes a notice.
 * @param failure what is said where a run fails
 * @param isHere whether a run is about what is open
 * @param ask for what is new of a run, as `useRunProgress` does
 */
export function useTraining<Kind extends 'finetune' | 'pretrain', Progress extends { jobId: string; steps: unknown[] }>(
  kind: Kind,
  failure: string,
  isHere: (subject: JobSubject) => boolean,
  ask: (job: string, from: number) => Promise<Progress | null>
): Training<Kind, Progress> {
  const jobs = useJobStore()
  const kept = useKeptStore()
  const notices = useNoticeStore()

  const started = useJob<KeptResult<Kind>>({ outlives: true, onFailure: (error) => notices.fail(failure, error) })
  const job = computed(
    () =>
      [...jobs.jobs.values()].find(
        ({ call, subject, ...status }) => call === `${kind}.run` && isActive(status) && isHere(subject)
      ) ?? null
  )
  const progress = useRunProgress(job, ask)
  const runs = useKept(kind, true)
  const chosen = ref<string | null>(null)

  async function train(work: (jobId: string) => Promise<KeptResult<Kind>>): Promise<void> {
    const done = await started.start(work)
    if (done) chosen.value = done.id
  }
  async function remove(id: string): Promise<void> {
    try {
      await kept.remove([id])
    } catch (error) {
      notices.fail('The run could not be deleted', error)
    }
  }
  function cancel(): void {
    if (job.value) void client.call('job.cancel', { jobId: job.value.id }).catch(() => undefined)
    else started.cancel()
  }

  return { job, progress, starting: started.running, runs, chosen, train, remove, cancel }
}
