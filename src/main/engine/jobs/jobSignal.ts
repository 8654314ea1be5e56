import type { JobHandle } from '@shared/jobs'

/** How soon work that waits for a network hears that it is not wanted any more, in milliseconds. */
const watchEvery = 100

/**
 * Runs work that is ended by a signal rather than between steps of its own: requests, other programs.
 * @throws JobCancelled once the job is cancelled, whatever the work made of its signal
 */
export async function withSignal<T>(job: JobHandle, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController()
  const watch = setInterval(() => (job.cancelled ? abort.abort() : undefined), watchEvery)
  try {
    const result = await work(abort.signal)
    await job.yield()
    return result
  } catch (error) {
    if (abort.signal.aborted) await job.yield()
    throw error
  } finally {
    clearInterval(watch)
  }
}
