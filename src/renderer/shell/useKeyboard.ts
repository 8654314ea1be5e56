import { onScopeDispose } from 'vue'
import { viewModules } from '@/modules/registry'
import { useAnalysisStore } from '@/stores/analysisStore'
import { useLayoutStore } from '@/stores/layoutStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { useThemeStore } from '@/stores/themeStore'
import { useOpenDialogs } from '@/composables/openDialogs'

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

  /** With Ctrl or Cmd; `+` marks Shift. */
  const withControl: Record<string, () => void> = {
    k: () => (layout.dialog = layout.dialog === 'palette' ? null : 'palette'),
    f: () => layout.focusSearch(),
    o: () => void askForModel(),
    '+o': () => void askForDataset(),
    e: actions.exportView,
    b: () => layout.toggle('left'),
    i: () => layout.toggle('right'),
    '+l': () => theme.toggle()
  }
  const alone: Record<string, () => void> = {
    '?': () => (layout.dialog = 'keys'),
    '/': () => layout.focusSearch(),
    '[': () => moveLayer(-1),
    ']': () => moveLayer(1),
    '{': () => moveHead(-1),
    '}': () => moveHead(1),
    ',': () => moveWord(-1),
    '.': () => moveWord(1),
    p: actions.play,
    Escape: () => (selection.label = null)
  }

  function moveLayer(by: number): void {
    selection.layer = Math.min(session.model?.layers ?? 0, Math.max(0, selection.layer + by))
  }
  function moveHead(by: number): void {
    const heads = session.model?.heads ?? 0
    if (heads > 0) selection.head = ((selection.head ?? 0) + by + heads) % heads
  }
  function moveWord(by: number): void {
    const count = analysis.analysis?.words.length ?? 0
    if (count > 0) selection.word = Math.min(count - 1, Math.max(0, (selection.word ?? -by) + by))
  }

  function handle(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.altKey) return
    if (event.ctrlKey || event.metaKey) {
      const action = withControl[`${event.shiftKey ? '+' : ''}${event.key.toLowerCase()}`]
      if (!action) return
      event.preventDefault()
      if (layout.dialog === null || layout.dialog === 'palette') action()
      return
    }
    if (layout.dialog !== null || isTyping(event.target)) return
    const view = viewModules.find((module) => module.shortcut.toLowerCase() === event.key.toLowerCase())
    const action = view ? () => (selection.view = view.id) : alone[event.key]
    if (!action) return
    event.preventDefault()
    action()
  }
  window.addEventListener('keydown', handle)
  onScopeDispose(() => window.removeEventListener('keydown', handle))
}

/** Whether a key pressed there means text, or belongs to an open menu. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target.closest('[role="menu"], [role="dialog"], [role="listbox"][data-state="open"]'))
    return true
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'range', 'button'].includes(target.type)
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
}
