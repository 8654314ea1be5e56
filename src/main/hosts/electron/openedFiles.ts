/** Files that the operating system or a second start asks to open, at any time. */
export interface OpenedFiles {
  open(paths: readonly string[]): void
  /** Returns what arrived before the page asked, once; later paths go straight to `deliver`'s listener. */
  take(): string[]
  deliver(listener: (paths: readonly string[]) => void): void
}

/**
 * Electron does not queue messages to a page that does not listen yet: until the page has called `app.info`,
 * which it does after it subscribed, paths are collected.
 */
export function collectOpened(first: readonly string[]): OpenedFiles {
  let waiting: string[] = [...first]
  let pageListens = false
  let send: (paths: readonly string[]) => void = () => undefined
  return {
    open(paths) {
      if (!pageListens) waiting.push(...paths)
      send(pageListens ? paths : [])
    },
    take() {
      pageListens = true
      const paths = waiting
      waiting = []
      return paths
    },
    deliver(listener) {
      send = listener
    }
  }
}
