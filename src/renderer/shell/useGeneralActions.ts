import { onScopeDispose } from 'vue'
import { handle } from '@/actions/handlers'
import type { ActionId } from '@/actions/registry'
import type { generalActions } from '@/actions/general'
import { client } from '@/client'
import { useOpenDialogs } from '@/composables/openDialogs'
import { useAdapterStore } from '@/stores/adapterStore'
import { useAnalysisStore } from '@/stores/analysisStore'
import { useLayoutStore } from '@/stores/layoutStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { useThemeStore } from '@/stores/themeStore'
import type { ViewFiles } from './viewFiles'

type GeneralId = keyof typeof generalActions & ActionId

/** What the root of the window does itself. */
export interface RootActions extends ViewFiles {
  play: () => void
  exportView: () => void
}

/** Says what does the actions that work in every view, whether or not a button of theirs is on screen. */
export function useGeneralActions(root: RootActions): void {
  const layout = useLayoutStore()
  const selection = useSelectionStore()
  const session = useSessionStore()
  const analysis = useAnalysisStore()
  const theme = useThemeStore()
  const notices = useNoticeStore()
  const adapter = useAdapterStore()
  const { askForModel, askForWordVectors, askForDataset } = useOpenDialogs()

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
  function showAlignment(): void {
    layout.alignment = !layout.alignment
    if (layout.alignment) layout.setShown('right', true)
  }
  async function restart(): Promise<void> {
    try {
      await client.call('engine.restart', {})
    } catch (error) {
      notices.fail('The engine could not be restarted', error)
    }
  }

  const run: Partial<Record<GeneralId, () => void>> = {
    'model.open': () => void askForModel(),
    'model.vectors': () => void askForWordVectors(),
    'model.hub': () => (layout.dialog = 'openHub'),
    'model.details': () => (layout.dialog = 'modelDetails'),
    'model.structure': () => (layout.dialog = 'structure'),
    'data.open': () => void askForDataset(),
    'data.hub': () => (layout.dialog = 'openDataHub'),
    'corpus.search': () => layout.focusSearch(),
    'view.ask': () => (layout.dialog = layout.dialog === 'palette' ? null : 'palette'),
    'view.export': root.exportView,
    'view.link': root.copyLink,
    'view.saveWorkspace': root.saveWorkspace,
    'view.openWorkspace': root.openWorkspace,
    'view.back': () => window.history.back(),
    'view.forward': () => window.history.forward(),
    'view.theme': () => theme.toggle(),
    'view.corpus': () => layout.toggle('left'),
    'view.inspector': () => layout.toggle('right'),
    'view.keys': () => (layout.dialog = 'keys'),
    'view.tour': () => (layout.tour = true),
    'layers.play': root.play,
    'layers.below': () => moveLayer(-1),
    'layers.above': () => moveLayer(1),
    'heads.previous': () => moveHead(-1),
    'heads.next': () => moveHead(1),
    'words.previous': () => moveWord(-1),
    'words.next': () => moveWord(1),
    'tokens.alignment': showAlignment,
    'tokens.spelling': () => (layout.rawTokens = !layout.rawTokens),
    'jobs.list': () => (layout.jobsOpen = true),
    'messages.list': () => (layout.trayOpen = true),
    'engine.restart': () => void restart()
  }
  /** What is done depends on what is so now. */
  const titles: Partial<Record<GeneralId, () => string>> = {
    'view.theme': () => (theme.name === 'dark' ? 'Light theme' : 'Dark theme'),
    'tokens.alignment': () => (layout.alignment ? 'Show the sentence as text' : 'Show the tokens of every word'),
    'tokens.spelling': () => (layout.rawTokens ? 'Show tokens as text' : 'Show tokens in the tokenizer’s spelling')
  }
  const ends = Object.entries(run).map(([id, action]) => {
    const title = titles[id as GeneralId]
    return handle(id, { run: action, isEnabled: () => true, ...(title && { title }) })
  })
  ends.push(
    handle('engine.place', {
      run: () => (layout.dialog = 'enginePlace'),
      isEnabled: () => session.app?.host === 'electron'
    }),
    handle('model.trained', {
      run: () => void adapter.toggle(),
      isEnabled: () => adapter.isKnown,
      title: () => (adapter.isOn ? 'Show the base in every view' : 'Show the trained model in every view')
    })
  )
  onScopeDispose(() => ends.forEach((end) => end()))
}
