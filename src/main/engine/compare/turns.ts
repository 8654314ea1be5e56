import type { JobHandle } from '@shared/jobs'

/** How long plain loops go on before others get their turn, in milliseconds. */
const stretch = 40

/** Gives other work its turn from long loops, by the clock: their steps differ in length. */
export class Turns {
  private since = performance.now()

  constructor(private readonly job: JobHandle) {}

  async next(): Promise<void> {
    if (performance.now() - this.since < stretch) return
    await this.job.yield()
    this.since = performance.now()
  }
}
