/** How one try of a unit on one machine ended. */
export type AttemptOutcome =
  | 'kept'
  /** The scheduler or the person stopped it. */
  | 'stopped'
  /** It cannot be done, and is not tried again. */
  | 'refused'
  /** Out of memory. */
  | 'memory'
  /** The machine computes other bits than those that began the run. */
  | 'machine'
  /** Anything else. */
  | 'failed'

/** One try of a unit. Without `end` it runs, or its machine or process is gone. */
export interface Attempt {
  number: number
  task: number
  host: string
  pid: number
  /** The scheduler's job; null without a scheduler. */
  job: string | null
  /** The file that its output goes to; null for a terminal. */
  log: string | null
  /** How many times the planned memory it was given. */
  memory: number
  /** ISO 8601, as `end`. */
  start: string
  end?: string
  outcome?: AttemptOutcome
  /** Why it was not kept, as a sentence. */
  error?: string
}
