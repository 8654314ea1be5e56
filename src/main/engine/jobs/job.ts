import { JobCancelled, type JobHandle, type JobState, type JobStatus } from '@shared/jobs'
import type { FastLane } from './fastLane'
import type { JobRecord, KeptFields } from './jobRecord'
import { Paced } from './paced'

/** Time between two messages about one job; a progress bar moves no faster than the eye. */
const reportEvery = 100

/** A job that is waiting, running or paused. */
export class Job implements JobHandle {
  cancelled = false
  /** Whether nobody waits for it. */
  background = false
  private pausing = false
  private gate: { promise: Promise<void>; open: () => void } | null = null
  private readonly reports: Paced<JobStatus>
  private readonly pace = new Pace()

  /**
   * @param record what is kept of a job of the queue; null for one outside of it
   * @param quietFor milliseconds before progress is reported for the first time
   * @param held called when the work has reached the point where it pauses
   * @param lane goes before every step of a job of the queue
   */
  constructor(
    public status: JobStatus,
    private readonly record: Pick<JobRecord, KeptFields> | null,
    private readonly report: (status: JobStatus) => void,
    quietFor: number,
    private readonly held: (job: Job) => void,
    private readonly lane: FastLane
  ) {
    this.reports = new Paced(reportEvery, report, Date.now() + quietFor)
  }

  get id(): string {
    return this.status.id
  }
  get rank(): number {
    return this.status.rank
  }
  set rank(rank: number) {
    this.status = { ...this.status, rank }
  }

  /** What is kept on disk; null for a job outside of the queue. */
  kept(): JobRecord | null {
    return this.record && { ...this.status, ...this.record }
  }

  progress(done: number, total: number, message?: string): void {
    this.status = {
      ...this.status,
      done,
      total,
      message: message ?? this.status.message,
      secondsLeft: this.pace.secondsLeft(Date.now(), done, total)
    }
    this.reports.push(this.status)
  }

  async yield(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    if (this.status.queued) await this.lane.free()
    if (this.pausing && !this.cancelled) {
      this.pausing = false
      this.close()
      this.held(this)
    }
    await this.passGate()
  }

  /** Asks the work to stop at its next `yield`. @param wanted false takes an earlier request back */
  pause(wanted: boolean): void {
    this.pausing = wanted
  }

  /** Whoever passes the gate waits from here on. */
  close(): void {
    this.pace.stop(Date.now())
    let open = (): void => undefined
    const promise = new Promise<void>((resolve) => (open = resolve))
    this.gate = { promise, open }
  }

  open(): void {
    this.pace.go(Date.now())
    this.gate?.open()
    this.gate = null
  }

  /** @throws JobCancelled once the job is cancelled */
  async passGate(): Promise<void> {
    if (this.gate) await this.gate.promise
    if (this.cancelled) throw new JobCancelled(this.status.title)
  }

  /** Cancels the work at its next `yield`, or where it waits. */
  cancel(): void {
    this.cancelled = true
    this.open()
  }

  enter(state: JobState, change: Partial<JobStatus> = {}): void {
    this.reports.stop()
    this.status = { ...this.status, state, secondsLeft: null, ...change }
    this.report(this.status)
  }
}

/** Time left by the pace of the work since it started, pauses left out, once there is enough of it to judge by. */
class Pace {
  private worked = 0
  private since: number | null = null

  go(now: number): void {
    this.since ??= now
  }
  stop(now: number): void {
    if (this.since !== null) this.worked += now - this.since
    this.since = null
  }
  secondsLeft(now: number, done: number, total: number): number | null {
    const elapsed = (this.worked + (this.since === null ? 0 : now - this.since)) / 1000
    if (elapsed < 0.5 || done <= 0 || total <= 0) return null
    return (elapsed / done) * Math.max(0, total - done)
  }
}
