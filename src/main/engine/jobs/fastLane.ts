/**
 * How long the queue pauses after an answer, in milliseconds: a person's next step often needs more at once, such as a
 * head of the sentence that was just read.
 */
const lingers = 25

/** Short work that a person waits for. Jobs of the queue make their next step once none of it runs. */
export class FastLane {
  private running = 0
  private timer: NodeJS.Timeout | null = null
  private waiting: (() => void)[] = []

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    this.running++
    try {
      return await work()
    } finally {
      this.running--
      if (this.running === 0) this.timer = setTimeout(() => this.clear(), lingers)
    }
  }

  /** Resolves when the lane is free. */
  async free(): Promise<void> {
    if (this.running === 0 && !this.timer) return
    await new Promise<void>((resolve) => this.waiting.push(resolve))
  }

  private clear(): void {
    this.timer = null
    for (const resolve of this.waiting.splice(0)) resolve()
  }
}
