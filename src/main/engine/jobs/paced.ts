/**
 * Passes values on no more often than every `interval` milliseconds. The last one is never lost: it follows when its
 * time has come, so that a bar does not stand at an old number while nothing new arrives.
 */
export class Paced<T> {
  private waiting: { value: T } | null = null
  private timer: NodeJS.Timeout | null = null

  /** @param notBefore milliseconds since the epoch of the first value that may pass */
  constructor(
    private readonly interval: number,
    private readonly send: (value: T) => void,
    private notBefore = 0
  ) {}

  push(value: T): void {
    const now = Date.now()
    if (now >= this.notBefore) {
      this.pass(value, now)
      return
    }
    this.waiting = { value }
    this.timer ??= setTimeout(() => {
      this.timer = null
      if (this.waiting) this.pass(this.waiting.value, Date.now())
    }, this.notBefore - now).unref()
  }

  /** What still waits passes now. */
  flush(): void {
    if (this.waiting) this.pass(this.waiting.value, Date.now())
  }

  /** What still waits is dropped. */
  stop(): void {
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    this.waiting = null
  }

  private pass(value: T, now: number): void {
    this.stop()
    this.notBefore = now + this.interval
    this.send(value)
  }
}
