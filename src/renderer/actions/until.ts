import { watch } from 'vue'

/** Waits until `of` gives something, as far as it depends on reactive values. @returns null after the time */
export function until<T>(of: () => T | null, milliseconds: number): Promise<T | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => finish(null), milliseconds)
    const stop = watch(of, (now) => now !== null && finish(now), { flush: 'post' })
    function finish(value: T | null): void {
      clearTimeout(timer)
      stop()
      resolve(value)
    }
    const now = of()
    if (now !== null) finish(now)
  })
}
