import { computed, onScopeDispose, watch, type Ref } from 'vue'
import { useNoticeStore } from '@/stores/noticeStore'
import { useViewSettings } from '@/stores/viewSettings'
import { addressOf, stateAt, type View, type ViewState } from './viewState'

/** A state that stayed so long is a step of the way back; those in between, such as a scrubbed layer, are not. */
const settledAfterMs = 600

/** Heading of what went wrong with a link or a step back. */
export const linkFailure = 'The link could not be followed'

/**
 * What the window's address says, where it was opened by a link; null after a reload, before which more may have
 * changed than the address says.
 */
export function linkedAtStart(): string | null {
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
  return navigation?.type === 'reload' ? null : window.location.hash.slice(1)
}

/**
 * Keeps the window's address at what is on screen, and shows what an address says that the window is taken to: by the
 * way back and forward, or by a link. Called once, in the setup of the root component.
 * @param started before that nothing is written: what is opened first is not a step
 */
export function useViewHistory({ current, show }: View, started: Readonly<Ref<boolean>>): void {
  const notices = useNoticeStore()
  const settings = useViewSettings()
  const address = computed(() => current.value && addressOf(current.value))
  /** Of what a person chose: a change of it is a step. */
  const step = computed(() => current.value && addressOf({ ...current.value, settings: settings.chosen }))
  /** As the window's address was written or read last. */
  let shown: string | null = null
  let shownStep: string | null = null
  let showing = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  function write(): void {
    if (address.value === null || address.value === shown || showing > 0) return
    if (shown === null || step.value === shownStep) window.history.replaceState(null, '', `#${address.value}`)
    else window.history.pushState(null, '', `#${address.value}`)
    adopt()
  }
  function adopt(): void {
    shown = address.value
    shownStep = step.value
  }
  watch([address, started], () => {
    clearTimeout(timer)
    if (started.value) timer = setTimeout(write, settledAfterMs)
  })

  async function follow(state: ViewState): Promise<void> {
    showing += 1
    try {
      await show(state)
    } catch (error) {
      notices.fail(linkFailure, error)
    } finally {
      showing -= 1
      adopt()
      // Where it could not be shown, the address is that of what still is.
      if (showing === 0 && shown !== null) window.history.replaceState(null, '', `#${shown}`)
    }
  }
  function moved(): void {
    clearTimeout(timer)
    try {
      const state = stateAt(window.location.hash.slice(1))
      if (state) void follow(state)
    } catch (error) {
      notices.fail(linkFailure, error)
    }
  }
  window.addEventListener('popstate', moved)
  onScopeDispose(() => {
    clearTimeout(timer)
    window.removeEventListener('popstate', moved)
  })
}
