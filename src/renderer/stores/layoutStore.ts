import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

export type SidePanel = 'left' | 'right'

/** Width of a side panel in CSS pixels. */
export const panelWidths = { smallest: 220, largest: 520 } as const

/** Widths to begin with: more where the window has it to spare. */
export function usualWidths(windowWidth = window.innerWidth): { left: number; right: number } {
  return windowWidth >= 1600 ? { left: 348, right: 364 } : { left: 292, right: 300 }
}

/** Which dialog is open over the window; one at a time. */
export type DialogName =
  'openModel' | 'openHub' | 'openDataset' | 'previewDataset' | 'palette' | 'keys' | 'modelDetails'

/** Sizes of the panels and what is open over them. */
export const useLayoutStore = defineStore('layout', () => {
  const leftWidth = ref(usualWidths().left)
  const rightWidth = ref(usualWidths().right)
  const leftOpen = ref(true)
  const rightOpen = ref(true)
  const dialog = ref<DialogName | null>(null)
  /** Whether the messages are shown above the status bar. */
  const trayOpen = ref(false)
  /** Whether the list of jobs is open over the status bar. */
  const jobsOpen = ref(false)
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
  function toggle(side: SidePanel): void {
    if (side === 'left') leftOpen.value = !leftOpen.value
    else rightOpen.value = !rightOpen.value
  }
  function preview(paths: readonly string[]): void {
    previewPaths.value = [...paths]
    dialog.value = 'previewDataset'
  }
  function focusSearch(): void {
    leftOpen.value = true
    searchRequests.value += 1
  }
  /** In a small window the panels give way before the view does. */
  const track = (open: boolean, width: number): string => (open ? `min(${width}px, 25vw)` : '0px')
  const columns = computed(
    () => `${track(leftOpen.value, leftWidth.value)} minmax(0, 1fr) ${track(rightOpen.value, rightWidth.value)}`
  )

  return {
    leftWidth,
    rightWidth,
    leftOpen,
    rightOpen,
    dialog,
    trayOpen,
    jobsOpen,
    alignment,
    rawTokens,
    previewPaths,
    searchRequests,
    columns,
    resize,
    toggle,
    preview,
    focusSearch
  }
})
