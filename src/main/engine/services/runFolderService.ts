import type { RunEntry, RunReport, RunUnit } from '@shared/runFolders'
import { isUserError, UserError } from '@shared/userError'
import { executorOf } from '../executors/executors'
import { errorFields, log } from '../log/log'
import { tailOf } from '../runs/attemptLog'
import { collect } from '../runs/collect'
import { follow } from '../runs/controller'
import { goOn, inspect, tryAgain } from '../runs/inspect'
import type { KnownRuns } from '../runs/knownRuns'
import { RunFolder } from '../runs/runFolder'
import type { UnitState } from '../runs/state'

/** How much of a log is shown, in bytes. */
const shownOfLog = 16_000

/** Runs on many machines, as a window shows and continues them. */
export class RunFolderService {
  /** Runs that this process follows, by their folders. */
  private readonly following = new Map<string, AbortController>()
  private readonly troubles = new Map<string, string>()

  /** @param library the folder of results */
  constructor(
    private readonly known: KnownRuns,
    private readonly library: string
  ) {}

  /** Those whose folder can be read, the newest first. */
  list(): RunEntry[] {
    return this.known
      .list()
      .flatMap((path) => {
        try {
          return [entryOf(RunFolder.open(path))]
        } catch (error) {
          if (!isUserError(error)) throw error
          return []
        }
      })
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt))
  }

  /** @throws UserError for a run that is not in the list */
  async read(path: string): Promise<RunReport> {
    const run = this.open(path)
    const { state, silent } = await inspect(run, executorOf(run.plan.on))
    return {
      entry: entryOf(run),
      units: state.units.map(unitOf),
      refused: run.plan.refused,
      stopped: run.stopped,
      active: state.active,
      followed: this.following.has(run.path),
      trouble: silent ?? this.troubles.get(run.path) ?? null
    }
  }

  log(path: string, key: string): { path: string; text: string } {
    const run = this.open(path)
    if (!run.plan.units.some((unit) => unit.key === key)) throw new UserError('The run has no such unit.')
    const file = run.attempts(key).at(-1)?.log
    if (!file) throw new UserError('No try of this unit has a log: it was not started by a scheduler.')
    return { path: file, text: tailOf(file, shownOfLog) }
  }

  async cancel(path: string): Promise<void> {
    const run = this.open(path)
    run.stopped = true
    await executorOf(run.plan.on).cancel(run)
  }

  /** Starts what is missing; the following ends with the run or with this process, and tasks go on. */
  async resume(path: string, failed: boolean): Promise<void> {
    const run = this.open(path)
    const executor = executorOf(run.plan.on)
    if (failed) tryAgain(run, (await inspect(run, executor)).state)
    goOn(run)
    this.troubles.delete(run.path)
    if (this.following.has(run.path)) return
    const stop = new AbortController()
    this.following.set(run.path, stop)
    const onTrouble = (sentence: string): void => void this.troubles.set(run.path, sentence)
    void follow(run, executor, { signal: stop.signal, onTrouble, onState: () => this.troubles.delete(run.path) })
      .catch((error: Error) => {
        log.warn('run.notFollowed', { run: run.path, ...errorFields(error) })
        onTrouble(error.message)
      })
      .finally(() => this.following.delete(run.path))
  }

  collect(path: string): { added: number; there: number } {
    const { added, there } = collect(this.open(path), this.library)
    return { added: added.length, there }
  }

  forget(path: string): void {
    this.following.get(path)?.abort()
    this.known.forget(path)
  }

  private open(path: string): RunFolder {
    if (!this.known.has(path))
      throw new UserError(`No command has started or shown a run in ${path}: type \`layerscope run status ${path}\`.`)
    return RunFolder.open(path)
  }
}

function entryOf(run: RunFolder): RunEntry {
  const { name, on, createdAt, units } = run.plan
  const kept = run.kept()
  return {
    path: run.path,
    name,
    on,
    createdAt,
    units: units.length,
    kept: units.filter(({ key }) => kept.has(key)).length
  }
}

function unitOf({ unit, state, attempt, attempts, progress, why }: UnitState): RunUnit {
  const { key, title, model, data } = unit
  return {
    key,
    title,
    model,
    data,
    state,
    attempts,
    host: attempt?.host || null,
    job: attempt?.job ?? null,
    start: attempt?.start || null,
    end: attempt?.end ?? null,
    progress: progress && progress.total > 0 ? progress.done / progress.total : null,
    why,
    hasLog: Boolean(attempt?.log)
  }
}
