import { isUserError } from '@shared/userError'
import { defineStore } from 'pinia'
import { shallowRef, watch } from 'vue'
import { useSessionStore } from './sessionStore'

/** What can be done about a message at once. */
export interface NoticeAction {
  title: string
  run: () => void
}

export interface Notice {
  id: number
  kind: 'error' | 'warning'
  title: string
  /** One or two sentences: what happened and what to do. */
  text: string
  action?: NoticeAction
  /** Milliseconds since 1970. */
  at: number
}

/** A routine fact, said once in the status line: nothing has to be done about it. */
export interface Fact {
  title: string
  text: string
  action?: NoticeAction
}

/** What was open when a notice was raised; null for what was not. */
interface Surroundings {
  model: string | null
  dataset: string | null
  /** How often the engine had been restarted. */
  restarts: number
}

/** How long a fact stays in the status line where nothing can be done about it. */
const factMs = 8000

/**
 * Errors and warnings, which wait in the tray of the status bar, and the routine fact that its line says now. A notice
 * goes when it is dismissed, and when its cause is gone: the model or data it was about is not the one that is open, or
 * the engine that failed was replaced.
 */
export const useNoticeStore = defineStore('notices', () => {
  const session = useSessionStore()
  /** Oldest first. */
  const notices = shallowRef<Notice[]>([])
  const fact = shallowRef<Fact | null>(null)
  const raisedIn = new Map<number, Surroundings>()
  let nextId = 1
  let timer: ReturnType<typeof setTimeout> | undefined

  function surroundings(): Surroundings {
    return {
      model: session.model?.id ?? null,
      dataset: session.dataset?.id ?? null,
      restarts: session.engine.restarts
    }
  }
  /** Raised again, a notice is the newest one again. */
  function add(kind: Notice['kind'], title: string, text: string, action?: NoticeAction): void {
    const id = nextId++
    raisedIn.set(id, surroundings())
    notices.value = [
      ...notices.value.filter((notice) => notice.title !== title || notice.text !== text),
      { id, kind, title, text, at: Date.now(), ...(action && { action }) }
    ]
  }
  /** Jobs that the person cancelled say nothing. */
  function fail(title: string, error: unknown): void {
    if (error instanceof Error && error.name === 'JobCancelled') return
    const text = error instanceof Error ? error.message : String(error)
    add(
      'error',
      title,
      isUserError(error) ? text : `${text} This is a defect of Layerscope; please report it with what you did.`
    )
  }
  function say(title: string, text: string, action?: NoticeAction): void {
    clearTimeout(timer)
    fact.value = { title, text, ...(action && { action }) }
    if (!action) timer = setTimeout(() => (fact.value = null), factMs)
  }
  function silence(): void {
    clearTimeout(timer)
    fact.value = null
  }
  function keep(isKept: (notice: Notice) => boolean): void {
    const kept = notices.value.filter(isKept)
    if (kept.length < notices.value.length) notices.value = kept
  }
  const dismiss = (id: number): void => keep((notice) => notice.id !== id)
  /** What could not be done has been done since: its notices go. */
  const settle = (title: string): void => keep((notice) => notice.title !== title)

  watch(surroundings, (now, before) => {
    const isPast = (was: string | null, is: string | null): boolean => was !== null && was !== is
    keep(({ id, kind }) => {
      const then = raisedIn.get(id)!
      const replaced = isPast(then.model, now.model) || isPast(then.dataset, now.dataset)
      return !replaced && (kind === 'warning' || then.restarts === now.restarts)
    })
    if (isPast(before.model, now.model) || isPast(before.dataset, now.dataset)) silence()
  })
  return { notices, fact, add, fail, say, silence, dismiss, settle }
})
