/**
 * The keys of the window that work wherever the focus is; those of the views are in their `module.ts`. Key handling,
 * the sheet of keys, the palette, tooltips and the application's menu read them here.
 */
export interface Shortcut {
  /** Pressed together, separated by spaces: 'Ctrl Shift O'. On a Mac, Cmd is Ctrl. */
  keys: string
  title: string
}

export const shortcuts = {
  palette: { keys: 'Ctrl K', title: 'Ask, search or run' },
  search: { keys: 'Ctrl F', title: 'Search the sentences' },
  searchByKey: { keys: '/', title: 'Search the sentences' },
  openModel: { keys: 'Ctrl O', title: 'Open model' },
  openData: { keys: 'Ctrl Shift O', title: 'Open data' },
  exportView: { keys: 'Ctrl E', title: 'Export this view' },
  recents: { keys: 'Ctrl 1…9', title: 'Open what was open lately' },
  back: { keys: 'Alt ←', title: 'Back to what was on screen before' },
  forward: { keys: 'Alt →', title: 'Forward again' },
  corpus: { keys: 'Ctrl B', title: 'Show or hide the corpus' },
  inspector: { keys: 'Ctrl I', title: 'Show or hide the inspector' },
  theme: { keys: 'Ctrl Shift L', title: 'Light or dark' },
  sheet: { keys: '?', title: 'Keyboard shortcuts' },
  layerBelow: { keys: '[', title: 'Layer below' },
  layerAbove: { keys: ']', title: 'Layer above' },
  previousHead: { keys: '{', title: 'Previous head' },
  nextHead: { keys: '}', title: 'Next head' },
  previousWord: { keys: ',', title: 'Previous word' },
  nextWord: { keys: '.', title: 'Next word' },
  play: { keys: 'P', title: 'Play the layers' },
  letGo: { keys: 'Esc', title: 'Let go: drawer, lock or selection, then the label filter' }
} as const satisfies Record<string, Shortcut>

export type ShortcutName = keyof typeof shortcuts
