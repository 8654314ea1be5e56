import { JobCancelled } from '@shared/jobs'
import type { Compute } from '@shared/results'
import { isMemoryShort, isUserError } from '@shared/userError'
import { hostname } from 'node:os'
import type { Attempt } from './attempt'
import { headOf } from './attemptLog'
import type { PlannedUnit } from './plan'
import { publish } from './publish'
import type { RunFolder } from './runFolder'
import { judge } from './verdict'

/** What computes units. */
export interface UnitWork {
  /** What computes them, which decides their bits. */
  compute: Compute
  /**
   * @param signal ends it at its next step
   * @returns the folder of the finished result, which is the caller's now
   * @throws JobCancelled where the signal ended it
   */
  run(unit: PlannedUnit, signal: AbortSignal): Promise<string>
}

/** Where this process is, for its attempts. */
export interface Worker {
  job: string | null
  log: string | null
  /** How many times the planned memory it has. */
  memory: number
  /** Hears of every line for the log. */
  say(line: string): void
}

/**
 * Runs what is missing of a task, one unit after another. Any number of processes may do the same task at once: it
 * costs time alone.
 * @param signal ends it at the next step of the unit under way, which keeps what it can resume from
 * @returns whether every unit of the task is kept
 */
export async function workTask(
  run: RunFolder,
  task: number,
  work: UnitWork,
  worker: Worker,
  signal: AbortSignal
): Promise<boolean> {
  const units = run.plan.units.filter((unit) => unit.task === task)
  for (const unit of units) {
    if (signal.aborted) break
    if (run.isKept(unit.key) || judge(run, unit, run.attempts(unit.key), 'gone').state === 'named') continue
    if (!(await attemptUnit(run, unit, work, worker, signal))) break
  }
  return units.every(({ key }) => run.isKept(key))
}

/** @returns whether this process can go on with the next unit */
async function attemptUnit(
  run: RunFolder,
  unit: PlannedUnit,
  work: UnitWork,
  { job, log, memory, say }: Worker,
  signal: AbortSignal
): Promise<boolean> {
  const attempt = run.begin(unit.key, { task: unit.task, host: hostname(), pid: process.pid, job, log, memory })
  say(`${headOf(attempt, unit.key)}: ${unit.model}, ${unit.data}, ${unit.title}`)
  const { outcome, error } = await outcomeOf(run, unit, work, say, signal)
  say(error ?? outcome)
  run.end(unit.key, attempt, { outcome, ...(error !== undefined && { error }) })
  return outcome === 'kept' || outcome === 'refused' || outcome === 'failed'
}

async function outcomeOf(
  run: RunFolder,
  unit: PlannedUnit,
  work: UnitWork,
  say: Worker['say'],
  signal: AbortSignal
): Promise<Required<Pick<Attempt, 'outcome'>> & Pick<Attempt, 'error'>> {
  const first = run.compute(work.compute)
  if (JSON.stringify(first) !== JSON.stringify(work.compute))
    return {
      outcome: 'machine',
      error:
        `${hostname()} computes with ${computeText(work.compute)}, but the run was begun with ${computeText(first)}, ` +
        'which gives other bits. Choose machines of one kind with --constraint or --partition.'
    }
  try {
    const outcome = publish(run, unit.key, unit.kind, await work.run(unit, signal))
    if (outcome !== 'different') return { outcome: 'kept' }
    return { outcome: 'kept', error: `Another process has kept other numbers: ${unit.key}.differs-N is beside them.` }
  } catch (error) {
    if (error instanceof JobCancelled) return { outcome: 'stopped' }
    const message = error instanceof Error ? error.message : String(error)
    if (isMemoryShort(error)) return { outcome: 'memory', error: message }
    if (isUserError(error)) return { outcome: 'refused', error: message }
    if (error instanceof Error) say(error.stack ?? '')
    return { outcome: 'failed', error: message }
  }
}

function computeText({ backend, version, layerscope, threads, instructions }: Compute): string {
  const parts = [`${backend} ${version}`, `Layerscope ${layerscope}`, `${threads} threads`, instructions ?? '']
  return parts.filter(Boolean).join(', ')
}
