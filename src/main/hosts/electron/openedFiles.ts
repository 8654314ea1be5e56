/** Files that the operating system or a second start wants opened, at whatever moment they come. */
export interface OpenedFiles {
  open(paths: readonly string[]): void
  /** What came before the page asked, once; from then on everything goes to `deliver`'s listener at once. */
  take(): string[]
  deliver(listener: (paths: readonly string[]) => void): void
}

/**
 * Electron does not queue what is sent to a page that does not listen yet: until the page has asked for `app.info`,
 * which it does after it subscribed, paths are collected.
 */
export function collectOpened(first: readonly string[]): OpenedFiles {
  let waiting: string[] = [...first]
  let pageListens = false
  let tell: (paths: readonly string[]) => void = () => undefined
  return {
    open(paths) {
      if (!pageListens) waiting.push(...paths)
      tell(pageListens ? paths : [])
    },
    take() {
      pageListens = true
      const paths = waiting
      waiting = []
      return paths
    },
    deliver(listener) {
      tell = listener
    }
  }
}
