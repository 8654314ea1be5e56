/** What a job is about; the jobs bar chooses its icon by it. */
export type JobKind =
  | 'setup'
  | 'model'
  | 'dataset'
  | 'extract'
  | 'probe'
  | 'curve'
  | 'pairs'
  | 'projection'
  | 'compare'
  | 'hub'
  | 'ablation'

export type JobState = 'running' | 'done' | 'failed' | 'cancelled'

/** One long piece of work, as the window shows it. */
export interface JobStatus {
  id: string
  kind: JobKind
  title: string
  state: JobState
  /** Units done of `total`; the unit is the job's own (words, steps, bytes). */
  done: number
  total: number
  /** What is happening now, in a few words. */
  message: string
  /** Milliseconds since the epoch. */
  startedAt: number
  /** Seconds left by the pace of the last measured stretch; null while that is unknown. */
  secondsLeft: number | null
  /** Why it failed, as a sentence. */
  error?: string
}

/** What running work holds: how it reports, and how it learns that nobody wants the answer any more. */
export interface JobHandle {
  readonly id: string
  readonly cancelled: boolean
  progress(done: number, total: number, message?: string): void
  /**
   * Lets the process answer others; rejects with `JobCancelled` once the job is cancelled. Call it at least every 200
   * ms.
   */
  yield(): Promise<void>
}

export class JobCancelled extends Error {
  override readonly name = 'JobCancelled'
  constructor(title = 'The job') {
    super(`${title} was cancelled.`)
  }
}

/** A handle for work that nobody watches: command-line one-offs and tests. */
export function silentJob(id = 'silent'): JobHandle {
  return { id, cancelled: false, progress: () => undefined, yield: () => Promise.resolve() }
}
