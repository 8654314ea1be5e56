import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Compute } from '@shared/results'
import { UserError } from '@shared/userError'
import { atomicFolder } from '../files/atomicFolder'
import { atomicWrite } from '../files/atomicWrite'
import { createFile } from '../files/createFile'
import type { Attempt } from './attempt'
import { keyPattern, parsePlan, planId, type RunPlan } from './plan'

/** A line of `submitted.jsonl`: tasks given to an executor; none where a run is resumed, and counted from 0 again. */
export interface Submission {
  /** ISO 8601. */
  time: string
  tasks: number[]
  /** The scheduler's id; null where it has none, or did not say. */
  job: string | null
}

/** What a worker says of the unit it is at. */
export interface Progress {
  host: string
  key: string
  done: number
  total: number
  message: string
  /** ISO 8601. */
  at: string
}

/** A shared disk may show another machine's file a while after it was written. */
const patience = 60_000

/**
 * The folder of a run: plain files that say everything about it, on a disk that every machine of the run sees. Nothing
 * is locked; of the disk it needs that a file can be created by one process only, and that a rename is one step.
 */
export class RunFolder {
  readonly path: string

  private constructor(
    path: string,
    readonly plan: RunPlan
  ) {
    this.path = resolve(path)
  }

  /** @throws UserError where there is no run */
  static open(path: string): RunFolder {
    const file = join(path, 'plan.json')
    if (!existsSync(file))
      throw new UserError(`There is no run in ${path}. \`layerscope sweep FILE --on local --run ${path}\` starts one.`)
    return new RunFolder(path, parsePlan(file, readFileSync(file, 'utf8')))
  }

  /** The same on a machine that may see the plan late. */
  static async openPatiently(path: string, limit = patience): Promise<RunFolder> {
    await until(() => existsSync(join(path, 'plan.json')), limit)
    return RunFolder.open(path)
  }

  /**
   * Writes a plan, once: the folder of the same run is opened.
   * @throws UserError where another run is there, or the folder cannot be written
   */
  static create(path: string, plan: RunPlan): RunFolder {
    const file = join(path, 'plan.json')
    if (existsSync(file)) {
      const there = RunFolder.open(path)
      if (planId(there.plan) === planId(plan)) return there
      throw new UserError(
        `${path} is the folder of another run, '${there.plan.name}' of ${there.plan.units.length} units. Give --run ` +
          'a new folder.'
      )
    }
    for (const name of ['units', 'attempts', 'local', 'progress', 'logs'])
      mkdirSync(join(path, name), { recursive: true })
    atomicWrite(file, JSON.stringify(plan, null, 1), { durable: true })
    return new RunFolder(path, plan)
  }

  place(...names: string[]): string {
    return join(this.path, ...names)
  }

  /** The folder of a unit, there whole or not at all. */
  unit(key: string): string {
    return this.place('units', key)
  }

  isKept(key: string): boolean {
    return existsSync(join(this.unit(key), 'record.json'))
  }

  /** Keys of the units that are kept. */
  kept(): Set<string> {
    return new Set(namesIn(this.place('units')).filter((name) => keyPattern().test(name)))
  }

  /** Keys of units that were tried. */
  attempted(): Set<string> {
    return new Set(namesIn(this.place('attempts')))
  }

  /** In their order. One whose file was just made, and is empty still, has only its number. */
  attempts(key: string): Attempt[] {
    return namesIn(this.place('attempts', key))
      .filter((name) => /^\d+\.json$/.test(name))
      .map((name): Attempt => {
        const number = parseInt(name, 10)
        const unknown = { number, task: -1, host: '', pid: 0, job: null, log: null, memory: 1, start: '' }
        return { ...unknown, ...(readJson(this.place('attempts', key, name)) as Partial<Attempt> | null) }
      })
      .sort((a, b) => a.number - b.number)
  }

  /** Begins an attempt: of several processes each gets a number of its own. */
  begin(key: string, about: Omit<Attempt, 'number' | 'start'>): Attempt {
    mkdirSync(this.place('attempts', key), { recursive: true })
    for (let number = 1 + Math.max(0, ...this.attempts(key).map((attempt) => attempt.number)); ; number++) {
      const attempt = { number, ...about, start: new Date().toISOString() }
      const file = this.place('attempts', key, `${number}.json`)
      if (createFile(file, JSON.stringify(attempt, null, 1))) return attempt
    }
  }

  end(key: string, attempt: Attempt, how: Pick<Attempt, 'outcome' | 'error'>): void {
    const ended = { ...attempt, end: new Date().toISOString(), ...how }
    atomicWrite(this.place('attempts', key, `${attempt.number}.json`), JSON.stringify(ended, null, 1))
  }

  /**
   * What computes this run: the first machine says it, and the others compare.
   * @returns what the run computes with, which may be another than the given one
   */
  compute(mine: Compute): Compute {
    const place = this.place('compute')
    try {
      atomicFolder(place, (folder) => atomicWrite(join(folder, 'compute.json'), JSON.stringify(mine, null, 1)))
      return mine
    } catch (error) {
      const first = readJson(join(place, 'compute.json'))
      if (first === null) throw error
      return first as Compute
    }
  }

  progress(task: number): Progress | null {
    return readJson(this.place('progress', `${task}.json`)) as Progress | null
  }

  writeProgress(task: number, progress: Progress): void {
    atomicWrite(this.place('progress', `${task}.json`), JSON.stringify(progress))
  }

  /** Workers end at their next step while it is there. */
  get stopped(): boolean {
    return existsSync(this.place('stop'))
  }

  set stopped(wanted: boolean) {
    if (wanted) atomicWrite(this.place('stop'), '')
    else rmSync(this.place('stop'), { force: true })
  }

  submissions(): Submission[] {
    try {
      const lines = readFileSync(this.place('submitted.jsonl'), 'utf8').split('\n')
      return lines.flatMap((line) => (line.endsWith('}') ? [JSON.parse(line) as Submission] : []))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  }

  /** One write of one line: those of several controllers do not mix. */
  noteSubmission(submission: Omit<Submission, 'time'>): void {
    const line = JSON.stringify({ time: new Date().toISOString(), ...submission })
    appendFileSync(this.place('submitted.jsonl'), `${line}\n`)
  }
}

/** Looks again until it is so, at most for `limit` milliseconds. */
async function until(isSo: () => boolean, limit: number): Promise<boolean> {
  const end = Date.now() + limit
  while (!isSo()) {
    if (Date.now() >= end) return false
    await pause(Math.min(250, limit))
  }
  return true
}

/** Names in a folder; none where it is not there, or was replaced while it was read. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isGone(error)) return []
    throw error
  }
}

/** Null for a file that is not there, or not whole. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown
  } catch (error) {
    if (isGone(error) || error instanceof SyntaxError) return null
    throw error
  }
}

/** ESTALE: a network disk remembers a file that another machine has replaced. */
function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESTALE', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')
}
