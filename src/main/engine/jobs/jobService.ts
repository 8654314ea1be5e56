import { randomUUID } from 'node:crypto'
import { JobCancelled, type JobHandle, type JobKind, type JobStatus, type JobSubject } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { FastLane } from './fastLane'
import { Job } from './job'
import { keptEnded, type JobFolder } from './jobFolder'
import { jobKey, type JobRecord, type KeptFields, type OpenedFor } from './jobRecord'
import { JobQueue } from './queue'

/** What is asked of the queue. */
export interface JobRequest {
  kind: JobKind
  title: string
  /** Chosen by the window, which follows the job by it. */
  id: string | undefined
  subject: JobSubject
  /** Name of a call of the contract, and its input without the job's id. */
  call: string
  input: Readonly<Record<string, unknown>>
  opened: OpenedFor
  /** Whether nobody waits for it: everything else that is asked for goes before it. */
  background?: boolean
}

/** Runs the call of a job that was kept. */
export type ResumeJob = (record: JobRecord, job: JobHandle) => Promise<unknown>

/** A job that ends within so many milliseconds is never shown. */
const quiet = 250

const gone = 'This job is not running any more.'

/**
 * Every piece of long work runs here: it gets progress, time left and cancelling, and the window hears of it. Light
 * work starts at once (`run`). Heavy work takes its turn in the queue (`submit`): one at a time, in an order that can
 * be changed, and kept on disk, so that it can be continued after the engine is gone.
 */
export class JobService {
  private readonly jobs = new Map<string, Job>()
  /** Jobs of the queue that have ended or were interrupted. */
  private readonly past = new Map<string, JobRecord>()
  private readonly queue = new JobQueue<Job>((job) => this.begin(job))
  /** Ids of jobs that are about to be made, and whether they were cancelled meanwhile. */
  private readonly announced = new Map<string, { cancelled: boolean }>()
  private resumeJob: ResumeJob | null = null
  private readonly lane = new FastLane()

  /**
   * @param whenIdle called whenever a job has ended and no other runs
   * @param folder where the queue is kept; without it the queue ends with the process
   */
  constructor(
    private readonly report: (status: JobStatus) => void,
    private readonly whenIdle: () => void = () => undefined,
    private readonly folder: JobFolder | null = null
  ) {}

  /** @param resume how jobs that were interrupted are continued */
  resumeBy(resume: ResumeJob): void {
    this.resumeJob = resume
  }

  /** Jobs of the queue, those that ended lately among them, and what else runs; by rank. */
  list(): { jobs: JobStatus[]; notes: string[] } {
    for (const record of this.folder?.adopt(new Set([...this.jobs.keys(), ...this.past.keys()])) ?? [])
      this.past.set(record.id, record)
    this.prune()
    const active = [...this.jobs.values()].map((job) => shown(job.kept()) ?? job.status)
    const past = [...this.past.values()].map((record) => shown(record))
    return { jobs: [...active, ...past].sort((a, b) => a.rank - b.rank), notes: [...(this.folder?.notes ?? [])] }
  }

  /**
   * Does what comes before a job of this id is made. The window shows the job from its click on and may cancel it at
   * once.
   * @throws JobCancelled where that happened
   */
  async announce<T>(id: string | undefined, work: () => Promise<T>): Promise<T> {
    if (id === undefined) return work()
    const entry = { cancelled: false }
    this.announced.set(id, entry)
    try {
      const answer = await work()
      if (entry.cancelled) throw new JobCancelled()
      return answer
    } finally {
      this.announced.delete(id)
    }
  }

  /** Ends a job, whatever it does. @throws UserError for one that has ended */
  cancel(id: string): void {
    const record = this.past.get(id)
    if (record?.state === 'interrupted') {
      this.keepPast({ ...record, state: 'cancelled' })
      return
    }
    const announced = this.announced.get(id)
    if (announced) {
      announced.cancelled = true
      return
    }
    const job = this.jobs.get(id)
    if (!job) throw new UserError(gone)
    // Work that waits or is paused hears of it at once.
    if (job.status.state !== 'running') this.queue.remove(job)
    job.cancel()
  }

  /**
   * Holds a job of the queue: one that runs at its next `yield`, where it keeps its memory and lets the next one start.
   * @throws UserError for a job that is not in the queue
   */
  pause(id: string): void {
    const job = this.jobs.get(id)
    if (!job?.status.queued) throw new UserError('Only a job of the queue can be paused.')
    if (job.status.state === 'running') job.pause(true)
    else if (job.status.state === 'waiting') {
      this.queue.remove(job)
      this.enter(job, 'paused')
    }
  }

  /**
   * Lets a paused job be the next one; starts one that was interrupted or has failed again, behind those that wait.
   * Work whose parts are kept goes on from there.
   * @throws UserError for a job that is none of these, or that another process has taken over
   */
  resume(id: string): void {
    const job = this.jobs.get(id)
    if (job) {
      job.pause(false)
      if (job.status.state !== 'paused') return
      job.rank = this.queue.firstRank()
      this.enter(job, 'waiting')
      this.queue.add(job)
      return
    }
    const record = this.past.get(id)
    const { resumeJob } = this
    if (!record || !isUnfinished(record) || !resumeJob)
      throw new UserError('This job cannot be continued; start it again.')
    this.folder?.requireOwn(id)
    this.past.delete(id)
    const { error: _error, resultId: _resultId, ...before } = statusOf(record)
    const status = { ...before, rank: this.queue.nextRank(), state: 'waiting' as const, done: 0, startedAt: null }
    const again = this.create(status, record, 0)
    // Its end is in its record; nobody waits for the answer.
    void this.perform(again, (handle) => resumeJob(record, handle)).catch(() => undefined)
  }

  /** Moves a waiting job to a place among those that wait, counted from 0. @throws UserError for another job */
  move(id: string, place: number): void {
    const job = this.jobs.get(id)
    if (job?.status.state !== 'waiting') throw new UserError('Only a job that waits can be moved.')
    for (const moved of this.queue.move(job, place)) this.enter(moved, 'waiting')
  }

  /** Removes a job that has ended or was interrupted from the list. */
  forget(id: string): void {
    if (this.jobs.has(id)) throw new UserError('This job has not ended; cancel it first.')
    this.past.delete(id)
    this.folder?.remove(id)
  }

  /**
   * Runs `work` at once, beside the queue. A job that ends within a blink is never shown: the first report comes with
   * the progress made by the time that `quietFor` milliseconds are over.
   */
  async run<T>(
    kind: JobKind,
    title: string,
    id: string | undefined,
    work: (job: JobHandle) => Promise<T>,
    quietFor = quiet
  ): Promise<T> {
    return this.perform(this.createLight({ kind, title, id, subject: {}, call: null, key: null }, quietFor), work)
  }

  /** The same for a call. Its input is not kept, and may be too large to hash. */
  async runCall<T>(request: Omit<JobRequest, 'input' | 'opened'>, work: (job: JobHandle) => Promise<T>): Promise<T> {
    return this.perform(this.createLight({ ...request, key: null }, quiet), work)
  }

  /** Runs short work that a person waits for, before the next step of whatever the queue runs. */
  first<T>(work: () => Promise<T>): Promise<T> {
    return this.lane.run(work)
  }

  /**
   * Runs `work` when its turn has come: behind what waits already, but before work in the background. An equal
   * request that was interrupted or has failed is forgotten for it.
   * @throws JobCancelled where the job was cancelled meanwhile
   */
  async submit<T>(request: JobRequest, work: (job: JobHandle) => Promise<T>): Promise<T> {
    const { call, input, opened, background = false } = request
    const key = jobKey(call, input)
    for (const record of this.past.values()) if (record.key === key && isUnfinished(record)) this.forget(record.id)
    const rank = this.queue.nextRank()
    const status = {
      ...newStatus({ ...request, key }),
      queued: true,
      rank,
      state: 'waiting' as const
    }
    return this.perform(this.create(status, { call, input, opened }, 0, background), work)
  }

  private createLight(
    about: Pick<JobStatus, 'kind' | 'title' | 'subject' | 'call' | 'key'> & { id: string | undefined },
    quietFor: number
  ): Job {
    const job = this.create({ ...newStatus(about), rank: Date.now(), startedAt: Date.now() }, null, quietFor)
    job.open()
    return job
  }

  private create(
    status: JobStatus,
    request: Pick<JobRecord, KeptFields> | null,
    quietFor: number,
    background = false
  ): Job {
    if (this.jobs.has(status.id) || this.past.get(status.id)?.state === 'interrupted')
      throw new UserError('This job is in the list already.')
    this.past.delete(status.id)
    const kept = request && { call: request.call, input: request.input, opened: request.opened }
    const hold = (held: Job): void => {
      this.enter(held, 'paused')
      this.queue.remove(held)
    }
    const job = new Job(status, kept, this.report, quietFor, hold, this.lane)
    job.background = background
    this.jobs.set(job.id, job)
    return job
  }

  private async perform<T>(job: Job, work: (job: JobHandle) => Promise<T>): Promise<T> {
    try {
      if (job.status.queued) {
        job.close()
        this.keep(job)
        this.report(shown(job.kept()!))
        this.queue.add(job)
        for (const moved of this.queue.passBackground(job)) this.enter(moved, 'waiting')
        await job.passGate()
      }
      const result = await work(job)
      const { total, queued } = job.status
      this.end(job, 'done', { done: total, secondsLeft: 0, ...(queued ? resultOf(result) : {}) })
      return result
    } catch (error) {
      if (error instanceof JobCancelled) this.end(job, 'cancelled')
      else this.end(job, 'failed', { error: error instanceof Error ? error.message : String(error) })
      throw error
    }
  }

  /** A job's turn has come: for the first time, or after it was paused. */
  private begin(job: Job): void {
    this.enter(job, 'running', { startedAt: job.status.startedAt ?? Date.now() })
    job.open()
  }

  private enter(job: Job, state: 'waiting' | 'running' | 'paused', change: Partial<JobStatus> = {}): void {
    job.enter(state, change)
    this.keep(job)
  }

  private end(job: Job, state: 'done' | 'failed' | 'cancelled', change: Partial<JobStatus> = {}): void {
    this.jobs.delete(job.id)
    job.enter(state, { message: '', ...change })
    const record = job.kept()
    if (record) {
      // Nothing runs it again, and its input may be large.
      const ended = isUnfinished(record) ? record : { ...record, input: {}, opened: { models: [], datasets: [] } }
      this.past.set(job.id, ended)
      this.folder?.write(ended)
      this.prune()
    }
    this.queue.remove(job)
    if (![...this.jobs.values()].some(({ status }) => status.state === 'running')) this.whenIdle()
  }

  private keep(job: Job): void {
    const record = job.kept()
    if (record) this.folder?.write(record)
  }

  private keepPast(record: JobRecord): void {
    this.past.set(record.id, record)
    this.folder?.write(record)
    this.report(statusOf(record))
  }

  /** Forgets the oldest of the ended ones beyond those that are kept. */
  private prune(): void {
    const ended = [...this.past.values()].filter(({ state }) => state !== 'interrupted')
    ended.sort((a, b) => b.rank - a.rank)
    for (const { id } of ended.slice(keptEnded)) this.forget(id)
  }
}

/** Whether it can be run again as it was asked for. */
function isUnfinished({ state }: JobRecord): boolean {
  return state === 'interrupted' || state === 'failed'
}

function newStatus(
  about: Pick<JobStatus, 'kind' | 'title' | 'subject' | 'call' | 'key'> & { id: string | undefined }
): JobStatus {
  const { kind, title, subject, call, key } = about
  return {
    id: about.id ?? randomUUID(),
    kind,
    title,
    subject,
    call,
    key,
    queued: false,
    rank: 0,
    state: 'running',
    done: 0,
    total: 0,
    message: '',
    createdAt: Date.now(),
    startedAt: null,
    secondsLeft: null
  }
}

/** What is reported of a record at every change. */
function statusOf({ input: _input, opened: _opened, ...status }: JobRecord): JobStatus {
  return status
}

/** What the window sees of a record: how its model and data were opened is the engine's. */
function shown(record: JobRecord): JobStatus
function shown(record: JobRecord | null): JobStatus | null
function shown(record: JobRecord | null): JobStatus | null {
  if (!record) return null
  const { opened: _opened, ...status } = record
  return status
}

/** A kept result is known by its id. */
function resultOf(result: unknown): { resultId?: string } {
  if (typeof result !== 'object' || result === null || !('id' in result)) return {}
  return typeof result.id === 'string' ? { resultId: result.id } : {}
}
