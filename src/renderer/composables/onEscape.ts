import { onActivated, onDeactivated, onMounted, onUnmounted } from 'vue'

/** What Escape can let go of now; the newest last. */
const releases: (() => boolean)[] = []
/** Of these, what lies over the view. */
const over = new WeakSet<() => boolean>()

/**
 * While the component is shown, Escape calls `release` wherever the focus is: a lock, a drawn selection, an open
 * drawer. What lies over the view is asked first, then what was registered last, until something was let go of.
 * @param release lets go; false where there was nothing to let go of
 */
export function onEscape(release: () => boolean, { overView = false } = {}): void {
  if (overView) over.add(release)
  const remove = (): void => {
    const at = releases.lastIndexOf(release)
    if (at !== -1) releases.splice(at, 1)
  }
  // A view that is kept alive is activated when it is mounted as well: once is enough.
  const add = (): void => {
    remove()
    releases.push(release)
  }
  onMounted(add)
  onActivated(add)
  onDeactivated(remove)
  onUnmounted(remove)
}

/** Lets go of one thing. @returns false where nothing was held */
export function releaseNewest(): boolean {
  const newestFirst = [...releases].reverse()
  return [true, false].some((layer) =>
    newestFirst.filter((release) => over.has(release) === layer).some((release) => release())
  )
}
