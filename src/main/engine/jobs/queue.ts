/** What the queue knows of a job. */
export interface Queued {
  rank: number
  /** Whether nobody waits for it. */
  background: boolean
}

/** Runs one job at a time, the one with the lowest rank first. */
export class JobQueue<Job extends Queued> {
  private readonly waiting = new Set<Job>()
  private current: Job | null = null
  private lastRank = 0

  /** @param start called when it is a job's turn */
  constructor(private readonly start: (job: Job) => void) {}

  /** A rank behind all others. Ranks are times, so that those of an earlier process come first. */
  nextRank(): number {
    this.lastRank = Math.max(Date.now(), this.lastRank + 1)
    return this.lastRank
  }

  /** A rank before all that wait. */
  firstRank(): number {
    return Math.min(...[...this.waiting].map(({ rank }) => rank), this.nextRank()) - 1
  }

  /** Lets a job wait for its turn, which may have come. */
  add(job: Job): void {
    this.waiting.add(job)
    this.advance()
  }

  /** Takes a job out, wherever it was: the next one starts where it was running. */
  remove(job: Job): void {
    this.waiting.delete(job)
    if (this.current !== job) return
    this.current = null
    this.advance()
  }

  /**
   * Moves a waiting job to a place among those that wait, counted from 0.
   * @returns the jobs whose rank has changed
   */
  move(job: Job, place: number): Job[] {
    const before = this.inOrder()
    const ranks = before.map(({ rank }) => rank)
    const after = before.filter((candidate) => candidate !== job)
    after.splice(place, 0, job)
    return after.filter((candidate, i) => {
      const rank = ranks[i]!
      const changed = candidate.rank !== rank
      candidate.rank = rank
      return changed
    })
  }

  /**
   * Moves a job that waits before all that nobody waits for.
   * @returns the jobs whose rank has changed
   */
  passBackground(job: Job): Job[] {
    const order = this.inOrder()
    const place = order.findIndex(({ background }) => background)
    return !job.background && place >= 0 && place < order.indexOf(job) ? this.move(job, place) : []
  }

  private inOrder(): Job[] {
    return [...this.waiting].sort((a, b) => a.rank - b.rank)
  }

  private advance(): void {
    if (this.current) return
    const next = this.inOrder()[0]
    if (!next) return
    this.waiting.delete(next)
    this.current = next
    this.start(next)
  }
}
