import type { JobHandle } from '@shared/jobs'

/** Progress of a job made of parts is reported in thousandths. */
const scale = 1000

/**
 * The stretch [from, to] (shares of 1) of a job, for a part of the work that counts in units of its own.
 * @param title shown instead of the part's own messages
 */
export function partOfJob(job: JobHandle, from: number, to: number, title?: string): JobHandle {
  return {
    id: job.id,
    get cancelled() {
      return job.cancelled
    },
    progress: (done, total, message) =>
      job.progress(
        Math.round(scale * (from + (to - from) * (total > 0 ? Math.min(1, done / total) : 0))),
        scale,
        title ?? message
      ),
    yield: () => job.yield()
  }
}
