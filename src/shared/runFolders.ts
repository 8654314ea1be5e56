/** Where a unit of a run is. `missing`: nothing does it; `named`: nothing will, and a sentence says why. */
export const unitStates = ['kept', 'running', 'waiting', 'missing', 'named'] as const
export type UnitStateName = (typeof unitStates)[number]

/** How states are called where people read them. */
export const unitStateWords: Readonly<Record<UnitStateName, string>> = {
  kept: 'kept',
  running: 'running',
  waiting: 'waiting',
  missing: 'to do',
  named: 'failed'
}

/** A run that was started or looked at on this machine. */
export interface RunEntry {
  /** Its folder. */
  path: string
  name: string
  /** 'local', 'slurm', ... */
  on: string
  /** ISO 8601. */
  createdAt: string
  units: number
  kept: number
}

/** A unit of a run, as its folder and its scheduler say it is now. */
export interface RunUnit {
  /** SHA-256 of what it computes. */
  key: string
  title: string
  model: string
  data: string
  state: UnitStateName
  /** How often it was tried. */
  attempts: number
  /** Where it was tried last. */
  host: string | null
  /** The scheduler's name of that job. */
  job: string | null
  /** ISO 8601; of the last try. */
  start: string | null
  end: string | null
  /** Of the step under way, 0 to 1. */
  progress: number | null
  /** Why it is not kept, as a sentence. */
  why: string | null
  hasLog: boolean
}

export interface RunReport {
  entry: RunEntry
  units: RunUnit[]
  /** What could not be planned. */
  refused: { title: string; error: string }[]
  /** Whether it was cancelled. */
  stopped: boolean
  /** Whether tasks of it wait or run. */
  active: boolean
  /** Whether this engine starts what is missing of it. */
  followed: boolean
  /** What hinders it now: its scheduler does not answer, or refuses a task. */
  trouble: string | null
}
