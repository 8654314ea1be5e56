import { shortcuts, type ShortcutName } from '@shared/shortcuts'
import { onScopeDispose } from 'vue'
import { viewModules } from '@/modules/registry'
import { useAnalysisStore } from '@/stores/analysisStore'
import { useLayoutStore } from '@/stores/layoutStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { useThemeStore } from '@/stores/themeStore'
import { releaseNewest } from '@/composables/onEscape'
import { useOpenDialogs } from '@/composables/openDialogs'

/** Menus, lists and dialogs that lie over the window while they are open; tooltips need no key. */
const openLayers = '[data-dismissable-layer]:is([role="dialog"], [role="menu"], [role="listbox"])'

export interface KeyboardActions {
  play: () => void
  exportView: () => void
}

/** The keys that work wherever the focus is; listed for people in `KeysDialog.vue`. */
export function useKeyboard(actions: KeyboardActions): void {
  const layout = useLayoutStore()
  const selection = useSelectionStore()
  const session = useSessionStore()
  const analysis = useAnalysisStore()
  const theme = useThemeStore()
  const { askForModel, askForDataset } = useOpenDialogs()

  const run: Record<Exclude<ShortcutName, 'letGo' | 'back' | 'forward'>, () => void> = {
    palette: () => (layout.dialog = layout.dialog === 'palette' ? null : 'palette'),
    search: () => layout.focusSearch(),
    searchByKey: () => layout.focusSearch(),
    openModel: () => void askForModel(),
    openData: () => void askForDataset(),
    exportView: actions.exportView,
    corpus: () => layout.toggle('left'),
    inspector: () => layout.toggle('right'),
    theme: () => theme.toggle(),
    sheet: () => (layout.dialog = 'keys'),
    layerBelow: () => moveLayer(-1),
    layerAbove: () => moveLayer(1),
    previousHead: () => moveHead(-1),
    nextHead: () => moveHead(1),
    previousWord: () => moveWord(-1),
    nextWord: () => moveWord(1),
    play: actions.play
  }
  const byKeys = new Map<string, () => void>([
    ...Object.entries(run).map(([name, action]): [string, () => void] => [
      shortcuts[name as ShortcutName].keys,
      action
    ]),
    ...viewModules.map(({ id, shortcut }): [string, () => void] => [shortcut, () => (selection.view = id)])
  ])

  function moveLayer(by: number): void {
    selection.layer = Math.min(session.model?.layers ?? 0, Math.max(0, selection.layer + by))
  }
  function moveHead(by: number): void {
    const heads = session.model?.heads ?? 0
    if (heads > 0) selection.head = ((selection.head ?? 0) + by + heads) % heads
  }
  function moveWord(by: number): void {
    const count = analysis.reading?.words.length ?? 0
    if (count > 0) selection.word = Math.min(count - 1, Math.max(0, (selection.word ?? -by) + by))
  }

  /** Lets go of one thing, wherever the focus is; what lies over the window takes Escape for itself. */
  function escape(event: KeyboardEvent): void {
    if (layout.dialog !== null || document.querySelector(openLayers)) return
    if (!releaseNewest() && !isTyping(event.target)) selection.label = null
  }
  function handle(event: KeyboardEvent): void {
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
  window.addEventListener('keydown', handle)
  window.addEventListener('keydown', travel, { capture: true })
  onScopeDispose(() => {
    window.removeEventListener('keydown', handle)
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
