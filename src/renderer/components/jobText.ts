import type { JobStatus } from '@shared/jobs'
import { formatSeconds } from '@/plots/format'

/** How far a job is, from 0 to 1; null while its size is unknown. */
export function jobShare(job: JobStatus | null): number | null {
  if (!job) return null
  if (job.state === 'done') return 1
  return job.total > 0 ? Math.min(1, job.done / job.total) : null
}

/** What a job does now, in a few words. @param job null before the engine has reported it */
export function jobText(job: JobStatus | null): string {
  if (!job) return 'starting'
  if (job.state === 'waiting') return job.startedAt === null ? 'waiting' : 'continues after the running job'
  if (job.state === 'paused') return 'paused'
  const left = job.secondsLeft === null ? '' : `${formatSeconds(job.secondsLeft)} left`
  return [job.message, left].filter(Boolean).join(' · ')
}
