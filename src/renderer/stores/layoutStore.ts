import { defineStore } from 'pinia'
import { computed, onScopeDispose, ref, watch } from 'vue'

export type SidePanel = 'left' | 'right'

/** Width of a side panel in CSS pixels. */
export const panelWidths = { smallest: 220, largest: 520 } as const

/** Widths to begin with: more where the window has it to spare. */
export function usualWidths(windowWidth = window.innerWidth): { left: number; right: number } {
  return windowWidth >= 1600 ? { left: 348, right: 364 } : { left: 292, right: 300 }
}

/** Below this width of the window the panels are drawers over the view, opened one at a time. */
export const drawersBelow = 1200

/** Which dialog is open over the window; one at a time. */
export type DialogName =
  | 'openModel'
  | 'openHub'
  | 'openDataHub'
  | 'openDataset'
  | 'previewDataset'
  | 'palette'
  | 'keys'
  | 'modelDetails'
  | 'structure'
  | 'enginePlace'

/** Sizes of the panels and what is open over them. */
export const useLayoutStore = defineStore('layout', () => {
  const leftWidth = ref(usualWidths().left)
  const rightWidth = ref(usualWidths().right)
  /** Whether the panels are open in a wide window; a narrow one leaves that as it is. */
  const leftOpen = ref(true)
  const rightOpen = ref(true)
  const windowWidth = ref(window.innerWidth)
  const windowHeight = ref(window.innerHeight)
  const narrow = computed(() => windowWidth.value < drawersBelow)
  /** The panel that is open over the view of a narrow window. */
  const drawer = ref<SidePanel | null>(null)
  watch(narrow, () => (drawer.value = null))
  /** Room for two jobs in the status bar, beside messages and device. */
  const roomy = computed(() => windowWidth.value >= 1440)
  /** No room below the view for more than the layers' names. */
  const low = computed(() => windowHeight.value < 560)
  function measure(): void {
    windowWidth.value = window.innerWidth
    windowHeight.value = window.innerHeight
  }
  window.addEventListener('resize', measure)
  onScopeDispose(() => window.removeEventListener('resize', measure))
  const dialog = ref<DialogName | null>(null)
  /** An adapter whose base is not known yet: the dialog begins with it. */
  const adapter = ref<string | null>(null)
  function chooseBase(path: string): void {
    adapter.value = path
    dialog.value = 'openModel'
  }
  /** Whether the messages are shown above the status bar. */
  const trayOpen = ref(false)
  /** Whether the list of jobs is open over the status bar. */
  const jobsOpen = ref(false)
  /** Whether the first questions are offered below the top bar; until they are closed. */
  const tour = ref(false)
  /** Whether the inspector shows the sentence as words above their tokens. */
  const alignment = ref(false)
  /** Whether tokens are shown as the tokenizer spells them ('Ġthe', '##ness') instead of as text. */
  const rawTokens = ref(false)
  /** Files the preview dialog is about. */
  const previewPaths = ref<string[]>([])
  /** Raised by one to ask the corpus panel for the keyboard. */
  const searchRequests = ref(0)

  function resize(side: SidePanel, width: number): void {
    const clamped = Math.round(Math.min(panelWidths.largest, Math.max(panelWidths.smallest, width)))
    if (side === 'left') leftWidth.value = clamped
    else rightWidth.value = clamped
  }
  const widthOf = (side: SidePanel): number => (side === 'left' ? leftWidth.value : rightWidth.value)
  function isShown(side: SidePanel): boolean {
    if (narrow.value) return drawer.value === side
    return side === 'left' ? leftOpen.value : rightOpen.value
  }
  function setShown(side: SidePanel, shown: boolean): void {
    if (narrow.value) drawer.value = shown ? side : null
    else if (side === 'left') leftOpen.value = shown
    else rightOpen.value = shown
  }
  const toggle = (side: SidePanel): void => setShown(side, !isShown(side))
  function preview(paths: readonly string[]): void {
    previewPaths.value = [...paths]
    dialog.value = 'previewDataset'
  }
  function focusSearch(): void {
    setShown('left', true)
    searchRequests.value += 1
  }
  /** In a small window the panels give way before the view does; a drawer takes no room of its own. */
  const track = (side: SidePanel): string => (isShown(side) && !narrow.value ? `min(${widthOf(side)}px, 25vw)` : '0px')
  const columns = computed(() => `${track('left')} minmax(0, 1fr) ${track('right')}`)

  return {
    leftWidth,
    rightWidth,
    leftOpen,
    rightOpen,
    narrow,
    roomy,
    low,
    drawer,
    dialog,
    adapter,
    chooseBase,
    trayOpen,
    jobsOpen,
    tour,
    alignment,
    rawTokens,
    previewPaths,
    searchRequests,
    columns,
    resize,
    widthOf,
    isShown,
    setShown,
    toggle,
    preview,
    focusSearch
  }
})
