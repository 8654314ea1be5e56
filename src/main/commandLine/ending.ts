import { constants } from 'node:os'
import type { JobState } from '@shared/jobs'
import type { JobService } from '../engine/jobs/jobService'

/** Exit codes as shells count the end by a signal. */
export const interrupted = 128 + constants.signals.SIGINT
const closedPipe = 128 + 13

/** States of jobs that have not ended. */
const active: readonly JobState[] = ['waiting', 'running', 'paused']

/**
 * Ctrl-C cancels the jobs that run, so that what they have is kept; where none runs, and the second time, the process
 * ends at once.
 * @returns takes the handler away
 */
export function cancelOnInterrupt(jobs: Pick<JobService, 'list' | 'cancel'>): () => void {
  let asked = false
  const stop = (): void => {
    const running = asked ? [] : jobs.list().jobs.filter(({ state }) => active.includes(state))
    asked = true
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
 * `layerscope ... | head -1`: a reader that has enough ends the command, without a word. Anything else that standard
 * output refuses has been said where it was printed.
 */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? closedPipe : 1))
  // Without a terminal, what was said is lost; the work goes on.
  process.stderr.on('error', () => undefined)
}
