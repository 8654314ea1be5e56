import { randomUUID } from 'node:crypto'
import { JobCancelled, type JobHandle, type JobKind, type JobStatus } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { Paced } from './paced'

interface Job extends JobHandle {
  status: JobStatus
  reports: Paced<JobStatus>
  cancelled: boolean
}

/** Time between two messages about one job; a progress bar moves no faster than the eye. */
const reportEvery = 100

/** Every piece of long work runs here: it gets progress, time left and cancelling, and the window hears of it. */
export class JobService {
  private readonly jobs = new Map<string, Job>()

  /** @param whenIdle called whenever the last running job has ended */
  constructor(
    private readonly report: (status: JobStatus) => void,
    private readonly whenIdle: () => void = () => undefined
  ) {}

  list(): JobStatus[] {
    return [...this.jobs.values()].map((job) => job.status)
  }

  /** @throws UserError for a job that is not running */
  cancel(id: string): void {
    const job = this.jobs.get(id)
    if (!job) throw new UserError('This job is not running any more.')
    job.cancelled = true
  }

  /**
   * Runs `work` as a job. A job that ends within a blink is never shown: the first report comes with the progress made
   * by the time that `quietFor` milliseconds are over.
   */
  async run<T>(
    kind: JobKind,
    title: string,
    id: string | undefined,
    work: (job: JobHandle) => Promise<T>,
    quietFor = 250
  ): Promise<T> {
    const job = this.create(kind, title, id ?? randomUUID(), quietFor)
    try {
      const result = await work(job)
      this.end(job, { state: 'done', done: job.status.total, secondsLeft: 0, message: '' })
      return result
    } catch (error) {
      if (error instanceof JobCancelled) this.end(job, { state: 'cancelled', secondsLeft: null, message: '' })
      else
        this.end(job, {
          state: 'failed',
          secondsLeft: null,
          message: '',
          error: error instanceof Error ? error.message : String(error)
        })
      throw error
    }
  }

  private create(kind: JobKind, title: string, id: string, quietFor: number): Job {
    if (this.jobs.has(id)) throw new UserError(`A job with the id '${id}' is running already.`)
    const startedAt = Date.now()
    const pace = new Pace(startedAt)
    const job: Job = {
      id,
      cancelled: false,
      reports: new Paced(reportEvery, this.report, startedAt + quietFor),
      status: { id, kind, title, state: 'running', done: 0, total: 0, message: '', startedAt, secondsLeft: null },
      progress: (done, total, message) => {
        const now = Date.now()
        job.status = {
          ...job.status,
          done,
          total,
          message: message ?? job.status.message,
          secondsLeft: pace.secondsLeft(now, done, total)
        }
        job.reports.push(job.status)
      },
      yield: async () => {
        await new Promise((resolve) => setImmediate(resolve))
        if (job.cancelled) throw new JobCancelled(title)
      }
    }
    this.jobs.set(id, job)
    return job
  }

  private end(job: Job, change: Partial<JobStatus>): void {
    this.jobs.delete(job.id)
    job.reports.stop()
    job.status = { ...job.status, ...change }
    this.report(job.status)
    if (this.jobs.size === 0) this.whenIdle()
  }
}

/** Time left by the pace since the work began, once there is enough of it to judge by. */
class Pace {
  constructor(private readonly startedAt: number) {}

  secondsLeft(now: number, done: number, total: number): number | null {
    const elapsed = (now - this.startedAt) / 1000
    if (elapsed < 0.5 || done <= 0 || total <= 0) return null
    return (elapsed / done) * Math.max(0, total - done)
  }
}
