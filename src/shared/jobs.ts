/** What a job is about; the jobs bar chooses its icon by it. */
export const jobKinds = [
  'setup',
  'model',
  'dataset',
  'extract',
  'probe',
  'curve',
  'pairs',
  'projection',
  'compare',
  'hub',
  'ablation',
  'finetune'
] as const
export type JobKind = (typeof jobKinds)[number]

/**
 * `waiting`: in the queue. `paused`: holds its memory and its place is free for the next one. `interrupted`: the engine
 * that ran it is gone; it can be continued.
 */
export type JobState = 'waiting' | 'running' | 'paused' | 'done' | 'failed' | 'cancelled' | 'interrupted'

/** States that a job does not leave by itself or by the queue. */
export const endedStates: readonly JobState[] = ['done', 'failed', 'cancelled']

/** Whether a job waits, runs or is paused: it will end, and its caller will be answered. */
export function isActive({ state }: Pick<JobStatus, 'state'>): boolean {
  return state === 'waiting' || state === 'running' || state === 'paused'
}

/** Which model, data set and task a job is about, as far as it has them. */
export interface JobSubject {
  model?: { id: string; name: string }
  dataset?: { id: string; name: string }
  task?: { id: string; title: string }
}

/** One long piece of work, as the window shows it. */
export interface JobStatus {
  id: string
  kind: JobKind
  title: string
  subject: JobSubject
  /** Name of the call that requested it; null for work that no call requested. */
  call: string | null
  /** Hash of the call and its input: equal for equal requests. Null where there is no call. */
  key: string | null
  /**
   * The request as it was parsed, without the job's id. Sent once, when a job of the queue is first reported, and by
   * `job.list`: it may be large. Empty once the job is done or cancelled.
   */
  input?: Readonly<Record<string, unknown>>
  /** Whether it waits its turn in the queue. Other jobs run at once and are not kept. */
  queued: boolean
  /** Place in the queue: lower numbers come first. */
  rank: number
  state: JobState
  /** Units done of `total`; the unit is the job's own (words, steps, bytes). */
  done: number
  total: number
  /** What is happening now, in a few words. */
  message: string
  /** Milliseconds since the epoch, as all times here. */
  createdAt: number
  /** Null while it has not started. */
  startedAt: number | null
  /** Estimated seconds left, from recent progress; null while unknown. */
  secondsLeft: number | null
  /** Why it failed, as a sentence. */
  error?: string
  /** The kept result that it made. */
  resultId?: string
}

/** A running job's handle: for reporting progress, and for learning that it was cancelled. */
export interface JobHandle {
  readonly id: string
  readonly cancelled: boolean
  progress(done: number, total: number, message?: string): void
  /**
   * Lets the process answer others, and waits here while the job is paused; rejects with `JobCancelled` once the job is
   * cancelled. Call it at least every 200 ms.
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
