import { onActivated, onDeactivated, onMounted, onUnmounted } from 'vue'

/** What Escape can let go of now; the newest last. */
const releases: (() => boolean)[] = []

/**
 * While the component is shown, Escape calls `release` wherever the focus is: a lock, a drawn selection, an open
 * drawer. What was registered last is asked first, until something was let go of.
 * @param release lets go; false where there was nothing to let go of
 */
export function onEscape(release: () => boolean): void {
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
  return [...releases].reverse().some((release) => release())
}
