import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ExecutorSilent, type Executor } from './executor'
import { tasksOf } from './plan'
import type { RunFolder } from './runFolder'
import { readState, type RunState } from './state'

export interface FollowOptions {
  /** Ends the following; tasks go on. */
  signal: AbortSignal
  /** Hears of the state at every look. */
  onState?(state: RunState): void
  /** Hears what goes wrong for a while, as sentences. */
  onTrouble?(sentence: string): void
  /** Whether what is missing is started; by default it is. Otherwise the following ends when nothing waits or runs. */
  start?: boolean
  /** Returns once everything that is missing has been started. */
  detach?: boolean
  /** Milliseconds between two looks; the executor's when left out. */
  every?: number
}

/**
 * Starts what is missing of a run until every unit is kept or named, or the run is stopped. It may be ended at any time
 * and begun again anywhere, and several may follow one run: what it knows is in the folder and asked of the executor.
 * @returns the state in which it ended; null where nothing could be asked before it was ended
 */
export async function follow(run: RunFolder, executor: Executor, options: FollowOptions): Promise<RunState | null> {
  const { signal, onState = () => undefined, detach = false, start: starts = true } = options
  const every = options.every ?? executor.pollEvery(tasksOf(run.plan).length)
  const trouble = reporter(options.onTrouble ?? (() => undefined))
  let state: RunState | null = null
  let over = 0
  while (!signal.aborted) {
    try {
      const tasks = await executor.states(run)
      state = readState(run, executor, tasks)
      onState(state)
      const ends = run.stopped || !starts
      over = starts && isOver(state) ? over + 1 : 0
      if (over > looksAfterEnd || (!state.active && (ends || isSettled(state)))) {
        // A scheduler that lost word of a task's end, or holds a second copy, keeps what nobody needs.
        if (over > 0 && tasks.size > 0) await executor.cancel(run)
        if (starts) clearWorking(run)
        return state
      }
      if (!ends) await start(run, executor, state)
      trouble(null)
      if (detach) return readState(run, executor, await executor.states(run))
    } catch (error) {
      if (!(error instanceof ExecutorSilent)) throw error
      trouble(error.message)
    }
    await pause(every, undefined, { signal }).catch(() => undefined)
  }
  return state
}

/** Tasks that are done end by themselves for so many looks. */
const looksAfterEnd = 3

function isOver({ units }: RunState): boolean {
  return units.every(({ state }) => state === 'kept' || state === 'named')
}

async function start(run: RunFolder, executor: Executor, { missing }: RunState): Promise<void> {
  if (missing.length === 0) return
  const stuck = missing.filter((task) => task.stuck).map(({ task }) => task)
  if (stuck.length > 0) await executor.cancel(run, stuck)
  await executor.submit(run, missing)
}

/** A unit whose attempt says that it is kept is waited for: a shared disk shows it late. */
function isSettled({ missing, units }: RunState): boolean {
  return missing.length === 0 && !units.some(({ state }) => state === 'running')
}

/** Removes what killed workers left: what they computed in, and files that did not get their names. */
function clearWorking(run: RunFolder): void {
  const left = [
    ...readdirSync(run.path).filter((name) => name.startsWith(workingPrefix)),
    ...['attempts', 'local', 'progress', 'units'].flatMap((folder) =>
      readdirSync(run.place(folder), { recursive: folder === 'attempts', encoding: 'utf8' })
        .filter((name) => name.endsWith('.new'))
        .map((name) => join(folder, name))
    )
  ]
  for (const name of left) rmSync(run.place(name), { recursive: true, force: true })
}

/** Folders in which workers compute begin so. */
export const workingPrefix = 'working-'

/** Says a sentence once, until it is another one. */
function reporter(say: (sentence: string) => void): (sentence: string | null) => void {
  let last: string | null = null
  return (sentence) => {
    if (sentence !== null && sentence !== last) say(sentence)
    last = sentence
  }
}
