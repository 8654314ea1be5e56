import { isUserError } from '@shared/userError'
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'

export interface Notice {
  id: number
  kind: 'error' | 'warning' | 'info'
  title: string
  /** One or two sentences: what happened and what to do. */
  text: string
  /** What can be done about it at once. */
  action?: { title: string; run: () => void }
}

/** Messages that stay until they are dismissed. */
export const useNoticeStore = defineStore('notices', () => {
  const notices = shallowRef<Notice[]>([])
  let nextId = 1

  function add(kind: Notice['kind'], title: string, text: string, action?: Notice['action']): void {
    if (notices.value.some((notice) => notice.title === title && notice.text === text)) return
    notices.value = [...notices.value, { id: nextId++, kind, title, text, ...(action && { action }) }]
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
  function dismiss(id: number): void {
    notices.value = notices.value.filter((notice) => notice.id !== id)
  }
  return { notices, add, fail, dismiss }
})
