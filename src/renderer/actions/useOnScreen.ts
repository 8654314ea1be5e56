import { getCurrentInstance, onActivated, onBeforeUnmount, onDeactivated, onMounted } from 'vue'

/**
 * Does something while the component is on screen: a view that is kept alive behind another is not.
 * @param begin returns what ends it
 */
export function useOnScreen(begin: () => () => void): void {
  if (!getCurrentInstance()) throw new Error('useOnScreen is for the setup of components.')
  let end: (() => void) | null = null
  const start = (): void => {
    end ??= begin()
  }
  const stop = (): void => {
    end?.()
    end = null
  }
  onMounted(start)
  onActivated(start)
  onDeactivated(stop)
  onBeforeUnmount(stop)
}
