import { shortcuts } from '@shared/shortcuts'
import { onScopeDispose } from 'vue'
import { handlerOf } from '@/actions/handlers'
import { actionIds, actions } from '@/actions/registry'
import { releaseNewest } from '@/composables/onEscape'
import { viewModules } from '@/modules/registry'
import { useLayoutStore } from '@/stores/layoutStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useRecents } from './useRecents'

/** Menus, lists and dialogs that lie over the window while they are open; tooltips need no key. */
const openLayers = '[data-dismissable-layer]:is([role="dialog"], [role="menu"], [role="listbox"])'

/** The keys that work wherever the focus is; listed for people in `KeysDialog.vue`. */
export function useKeyboard(): void {
  const layout = useLayoutStore()
  const selection = useSelectionStore()
  const recents = useRecents()

  /** What the keys of an action do; those of travelling are heard elsewhere. */
  const byKeys = new Map<string, () => void>([
    ...actionIds.flatMap((id): [string, () => void][] => {
      const { shortcut } = actions[id]
      return shortcut ? [[shortcuts[shortcut].keys, () => handlerOf(id)?.run()]] : []
    }),
    [shortcuts.searchByKey.keys, () => layout.focusSearch()],
    ...viewModules.map(({ id, shortcut }): [string, () => void] => [shortcut, () => (selection.view = id)]),
    ...Array.from({ length: 9 }, (_, i): [string, () => void] => [`Ctrl ${i + 1}`, () => recents.value[i]?.run()])
  ])

  /** Lets go of one thing, wherever the focus is; what lies over the window takes Escape for itself. */
  function escape(event: KeyboardEvent): void {
    if (layout.dialog !== null || document.querySelector(openLayers)) return
    if (!releaseNewest() && !isTyping(event.target)) selection.label = null
  }
  function onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.altKey) return
    if (event.key === 'Escape') return escape(event)
    const withControl = event.ctrlKey || event.metaKey
    const mayRun = withControl
      ? layout.dialog === null || layout.dialog === 'palette'
      : layout.dialog === null && !isTyping(event.target)
    const action = byKeys.get(keysOf(event))
    if (!action || (!withControl && !mayRun)) return
    event.preventDefault()
    if (mayRun) action()
  }
  /** Alt with an arrow, before whatever has the focus takes the arrow for itself. */
  function travel(event: KeyboardEvent): void {
    const go = { ArrowLeft: () => window.history.back(), ArrowRight: () => window.history.forward() }[event.key]
    if (!go || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
    if (layout.dialog !== null || isTyping(event.target)) return
    event.preventDefault()
    event.stopPropagation()
    go()
  }
  window.addEventListener('keydown', onKey)
  window.addEventListener('keydown', travel, { capture: true })
  onScopeDispose(() => {
    window.removeEventListener('keydown', onKey)
    window.removeEventListener('keydown', travel, { capture: true })
  })
}

/** What was pressed, as `shortcuts` writes it. Shift counts with Ctrl alone: without it, it is in the character. */
function keysOf({ key, ctrlKey, metaKey, shiftKey }: KeyboardEvent): string {
  const name = key.toUpperCase()
  return ctrlKey || metaKey ? `Ctrl ${shiftKey ? 'Shift ' : ''}${name}` : name
}

/** Whether a key pressed there means text, or belongs to an open menu. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target.closest('[role="menu"], [role="dialog"], [role="listbox"][data-state="open"]'))
    return true
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'range', 'button'].includes(target.type)
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
}
