import { constants } from 'node:os'
import type { JobState } from '@shared/jobs'
import type { JobService } from '../engine/jobs/jobService'

/** Exit codes as shells count the end by a signal. */
export const interrupted = 128 + constants.signals.SIGINT
const closedPipe = 128 + 13

/** States of jobs that have not ended. */
const active: readonly JobState[] = ['waiting', 'running', 'paused']

/**
 * Ctrl-C cancels the running jobs, which keep what they have; the second time, or when no job runs, the process
 * exits at once.
 * @returns a function that removes the handler
 */
export function cancelOnInterrupt(jobs: Pick<JobService, 'list' | 'cancel'>): () => void {
  let again = false
  const stop = (): void => {
    const running = again ? [] : jobs.list().jobs.filter(({ state }) => active.includes(state))
    again = true
    if (running.length === 0) {
      process.stderr.write('Stopped.\n')
      process.exit(interrupted)
    }
    for (const { id } of running) jobs.cancel(id)
  }
  process.on('SIGINT', stop)
  return () => void process.off('SIGINT', stop)
}

/**
 * `layerscope ... | head -1`: a reader that has read enough ends the command silently. Any other error of standard
 * output was reported where it was printed.
 */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? closedPipe : 1))
  // Without a terminal, messages are lost; the work continues.
  process.stderr.on('error', () => undefined)
}
