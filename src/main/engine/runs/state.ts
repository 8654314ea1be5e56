import type { UnitStateName } from '@shared/runFolders'
import { lastLine } from '../processes/runTool'
import type { Attempt } from './attempt'
import type { Executor, TaskState } from './executor'
import { tailOf } from './attemptLog'
import { tasksOf, type PlannedUnit } from './plan'
import type { Progress, RunFolder, Submission } from './runFolder'
import { judge } from './verdict'

/** Where a unit is; of one that is `named`, `why` says why. */
export interface UnitState {
  unit: PlannedUnit
  state: UnitStateName
  /** The last one; of a kept unit it is not read. */
  attempt: Attempt | null
  attempts: number
  progress: Progress | null
  why: string | null
}

/** A task that nothing does, although units of it are missing. */
export interface MissingTask {
  task: number
  /** How many times the planned memory its units need. */
  memory: number
  stuck: boolean
}

/** A run as its folder and its executor say it is now. */
export interface RunState {
  units: UnitState[]
  /** Tasks that have to be started. */
  missing: MissingTask[]
  /** Whether tasks wait or run. */
  active: boolean
}

const nothingKnown = { attempt: null, attempts: 0, progress: null, why: null, memory: 1 }

/**
 * Reads a run. Nothing is remembered: what is missing is the plan without the units.
 * @param tasks what the executor says
 */
export function readState(run: RunFolder, executor: Executor, tasks: ReadonlyMap<number, TaskState>): RunState {
  const [kept, attempted] = [run.kept(), run.attempted()]
  const started = startsOf(run)
  const byTask = new Map<number, PlannedUnit[]>()
  for (const unit of run.plan.units) byTask.set(unit.task, [...(byTask.get(unit.task) ?? []), unit])
  const missing: MissingTask[] = []
  const units = tasksOf(run.plan).flatMap((task) => {
    const state = tasks.get(task) ?? 'gone'
    const ofTask = byTask.get(task)!
    const judged = ofTask.map((unit) =>
      kept.has(unit.key)
        ? { ...nothingKnown, unit, state: 'kept' as const }
        : stateOf(run, unit, attempted.has(unit.key) ? run.attempts(unit.key) : [], state)
    )
    const idle = judged.filter((unit) => unit.state === 'missing')
    if (idle.length === 0 || state === 'waiting' || state === 'running') return judged
    const why = neverStarts(run, executor, task, started, ofTask)
    if (why !== null) return judged.map((unit) => (unit.state === 'missing' ? { ...unit, state: 'named', why } : unit))
    missing.push({ task, memory: Math.max(...idle.map(({ memory }) => memory)), stuck: state === 'stuck' })
    return judged
  })
  return {
    units: units.map(({ memory: _memory, ...unit }) => unit as UnitState),
    missing,
    active: [...tasks.values()].some((state) => state === 'waiting' || state === 'running')
  }
}

function stateOf(
  run: RunFolder,
  unit: PlannedUnit,
  attempts: readonly Attempt[],
  task: TaskState
): UnitState & { memory: number } {
  const about = { ...nothingKnown, unit, attempts: attempts.length, attempt: attempts.at(-1) ?? null }
  const verdict = judge(run, unit, attempts, task)
  if (verdict.state === 'named') return { ...about, state: 'named', why: verdict.why }
  if (verdict.state === 'running') {
    const progress = run.progress(unit.task)
    return { ...about, state: 'running', progress: progress?.key === unit.key ? progress : null }
  }
  const state = task === 'waiting' || task === 'running' ? 'waiting' : 'missing'
  return { ...about, state, why: about.attempt?.error ?? null, memory: verdict.memory }
}

/** What was started since the run was last resumed. */
function startsOf(run: RunFolder): Submission[] {
  const all = run.submissions()
  return all.slice(1 + all.findLastIndex(({ tasks }) => tasks.length === 0))
}

/** Why a task that was started as often as a unit may be lost has not begun a unit since; null where it may. */
function neverStarts(
  run: RunFolder,
  executor: Executor,
  task: number,
  started: readonly Submission[],
  units: readonly PlannedUnit[]
): string | null {
  const ofTask = started.filter(({ tasks }) => tasks.includes(task))
  if (ofTask.length < run.plan.attempts) return null
  const begun = units.flatMap(({ key }) => run.attempts(key)).map(({ start }) => Date.parse(start))
  const since = ofTask.filter(({ time }) => !begun.some((start) => !(start <= Date.parse(time))))
  if (since.length < run.plan.attempts) return null
  const log = executor.log(run, task)
  const line = log === null ? '' : lastLine(tailOf(log))
  return `Its task ended ${since.length} times before a unit began.${line ? ` Its last line: ${line}` : ''}`
}
