import { isUserError } from '@shared/userError'
import { isActive, type JobState, type JobStatus } from '@shared/jobs'
import { errorFields, log } from './log'

/** Calls that take at least this long are logged, in milliseconds. */
const slowMs = 1000

type Dispatch = (name: string, input: unknown) => Promise<unknown>

/**
 * The same dispatch, with a line for each call that failed or was slow, and for every call at the level `debug`. Inputs
 * and answers are not logged.
 */
export function loggedCalls(dispatch: Dispatch, now: () => number = () => performance.now()): Dispatch {
  return async (name, input) => {
    const startedAt = now()
    const ms = (): number => Math.round(now() - startedAt)
    // The caller chooses the name; one that is not in the contract is refused and cut.
    const call = String(name).slice(0, 80)
    try {
      const output = await dispatch(name, input)
      if (ms() >= slowMs) log.info('call.slow', { call, ms: ms() })
      else log.debug('call', { call, ms: ms() })
      return output
    } catch (error) {
      const fields = { call, ms: ms(), ...errorFields(error) }
      if (isUserError(error) || (error as Error).name === 'JobCancelled') log.info('call.refused', fields)
      else log.error('call.failed', fields)
      throw error
    }
  }
}

/**
 * Lines for the states of jobs, from the reports that the window also gets. Titles are not logged; nor are,
 * below the level `debug`, jobs that succeeded before they were reported.
 */
export function loggedJobs(): (status: JobStatus) => void {
  const states = new Map<string, JobState>()
  return (status) => {
    const { id, kind, call, state, error, resultId } = status
    const before = states.get(id)
    if (before === state) return
    const fields = { job: id, kind, call }
    if (isActive(status)) {
      states.set(id, state)
      log.info(state === 'running' && before !== 'paused' ? 'job.start' : `job.${state}`, fields)
      return
    }
    states.delete(id)
    const ms = status.startedAt === null ? undefined : Date.now() - status.startedAt
    const level = state === 'failed' || state === 'interrupted' ? 'warn' : before || state !== 'done' ? 'info' : 'debug'
    log[level]('job.end', { ...fields, state, ms, error, resultId })
  }
}
