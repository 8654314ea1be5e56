import { renameSync } from 'node:fs'
import { ExecutorSilent, type Executor, type TaskState } from './executor'
import { tasksOf } from './plan'
import type { RunFolder } from './runFolder'
import { readState, type RunState } from './state'

/**
 * The state of a run with the attempts of its kept units.
 * @returns also why the executor does not answer, as a sentence: what runs is then taken from the attempts
 */
export async function inspect(run: RunFolder, executor: Executor): Promise<{ state: RunState; silent: string | null }> {
  let tasks: ReadonlyMap<number, TaskState>
  let silent: string | null = null
  try {
    tasks = await executor.states(run)
  } catch (error) {
    if (!(error instanceof ExecutorSilent)) throw error
    silent = error.message
    tasks = new Map(tasksOf(run.plan).map((task) => [task, 'running']))
  }
  const state = readState(run, executor, tasks)
  const units = state.units.map((each) => {
    if (each.state !== 'kept') return each
    const attempts = run.attempts(each.unit.key)
    const attempt = attempts.findLast(({ outcome }) => outcome === 'kept') ?? attempts.at(-1) ?? null
    return { ...each, attempt, attempts: attempts.length, why: attempt?.error ?? null }
  })
  return { state: { ...state, units }, silent }
}

/** Puts the attempts of failed units aside, so that they are counted from 0. */
export function tryAgain(run: RunFolder, { units }: RunState): void {
  const at = new Date().toISOString().replace(/\D/g, '')
  for (const { unit, state, attempts } of units)
    if (state === 'named' && attempts > 0)
      renameSync(run.place('attempts', unit.key), run.place('attempts', `${unit.key}.before-${at}`))
}

/** Before a run is started or goes on: what was started before counts no more. */
export function goOn(run: RunFolder): void {
  run.stopped = false
  run.noteSubmission({ tasks: [], job: null })
}
