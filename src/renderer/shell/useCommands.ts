import { hiddenStateHook } from '@shared/hookNames'
import { shortcuts } from '@shared/shortcuts'
import {
  CaseSensitive,
  Box,
  ChartLine,
  CloudDownload,
  Database,
  Download,
  FolderOpen,
  Info,
  Keyboard,
  Layers,
  Link,
  ListTodo,
  Moon,
  PanelLeft,
  PanelRight,
  Play,
  Redo2,
  RefreshCw,
  Save,
  Search,
  Server,
  SplitSquareHorizontal,
  Tag,
  ToggleRight,
  Undo2
} from '@lucide/vue'
import { computed, type ComputedRef } from 'vue'
import { client } from '@/client'
import { viewModules } from '@/modules/registry'
import { formatCount } from '@/plots/format'
import { useAdapterStore } from '@/stores/adapterStore'
import { useLayoutStore } from '@/stores/layoutStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { probeableTasks, useProbeStore } from '@/stores/probeStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { useThemeStore } from '@/stores/themeStore'
import type { Command } from './commands'
import type { ViewFiles } from './viewFiles'
import { useOpenDialogs } from '@/composables/openDialogs'

/** Everything the palette can currently run or jump to. */
export function useCommands(actions: { play: () => void; exportView: () => void } & ViewFiles): ComputedRef<Command[]> {
  const session = useSessionStore()
  const selection = useSelectionStore()
  const layout = useLayoutStore()
  const theme = useThemeStore()
  const probes = useProbeStore()
  const notices = useNoticeStore()
  const adapter = useAdapterStore()
  const { askForModel, askForWordVectors, askForDataset } = useOpenDialogs()

  const views = computed((): Command[] =>
    viewModules.map((module) => ({
      id: `view ${module.id}`,
      group: 'View',
      title: module.title,
      hint: module.description,
      shortcut: module.shortcut,
      icon: Layers,
      run: () => (selection.view = module.id)
    }))
  )
  const general = computed((): Command[] => [
    {
      id: 'open model',
      group: 'Run',
      title: 'Open model…',
      shortcut: shortcuts.openModel.keys,
      icon: Box,
      run: () => void askForModel()
    },
    { id: 'open vectors', group: 'Run', title: 'Open word vectors…', icon: Box, run: () => void askForWordVectors() },
    {
      id: 'open hub',
      group: 'Run',
      title: 'Open model from the hub…',
      icon: CloudDownload,
      run: () => (layout.dialog = 'openHub')
    },
    {
      id: 'open data',
      group: 'Run',
      title: 'Open data…',
      shortcut: shortcuts.openData.keys,
      icon: Database,
      run: () => void askForDataset()
    },
    {
      id: 'open data hub',
      group: 'Run',
      title: 'Open data from the hub…',
      icon: CloudDownload,
      run: () => (layout.dialog = 'openDataHub')
    },
    {
      id: 'model details',
      group: 'Run',
      title: 'Model details…',
      hint: 'Shape, memory, PyTorch agreement',
      icon: Info,
      run: () => (layout.dialog = 'modelDetails')
    },
    ...(adapter.isKnown
      ? [
          {
            id: 'trained',
            group: 'Run' as const,
            title: adapter.isOn ? 'Show the base in every view' : 'Show the trained model in every view',
            hint: 'Trained',
            icon: ToggleRight,
            run: () => void adapter.toggle()
          }
        ]
      : []),
    ...(session.app?.host === 'electron'
      ? [
          {
            id: 'engine place',
            group: 'Run' as const,
            title: 'Engine on another machine…',
            hint: 'A GPU server, a cluster',
            icon: Server,
            run: () => void (layout.dialog = 'enginePlace')
          }
        ]
      : []),
    {
      id: 'jobs',
      group: 'Run',
      title: 'All jobs…',
      hint: 'The queue: pause, reorder, continue, cancel',
      icon: ListTodo,
      run: () => (layout.jobsOpen = true)
    },
    {
      id: 'search',
      group: 'Run',
      title: shortcuts.search.title,
      shortcut: shortcuts.search.keys,
      icon: Search,
      run: () => layout.focusSearch()
    },
    {
      id: 'play',
      group: 'Run',
      title: shortcuts.play.title,
      shortcut: shortcuts.play.keys,
      icon: Play,
      run: actions.play
    },
    {
      id: 'export',
      group: 'Run',
      title: 'Export this view…',
      shortcut: shortcuts.exportView.keys,
      icon: Download,
      run: actions.exportView
    },
    {
      id: 'link',
      group: 'Run',
      title: 'Copy a link to this view',
      hint: 'Model, data, sentence, layer, settings',
      icon: Link,
      run: actions.copyLink
    },
    {
      id: 'save workspace',
      group: 'Run',
      title: 'Save workspace…',
      hint: 'What is on screen, as a file',
      icon: Save,
      run: actions.saveWorkspace
    },
    {
      id: 'open workspace',
      group: 'Run',
      title: 'Open workspace…',
      icon: FolderOpen,
      run: actions.openWorkspace
    },
    {
      id: 'back',
      group: 'Run',
      title: shortcuts.back.title,
      shortcut: shortcuts.back.keys,
      icon: Undo2,
      run: () => window.history.back()
    },
    {
      id: 'forward',
      group: 'Run',
      title: shortcuts.forward.title,
      shortcut: shortcuts.forward.keys,
      icon: Redo2,
      run: () => window.history.forward()
    },
    {
      id: 'theme',
      group: 'Run',
      title: theme.name === 'dark' ? 'Light theme' : 'Dark theme',
      shortcut: shortcuts.theme.keys,
      icon: Moon,
      run: () => theme.toggle()
    },
    {
      id: 'left',
      group: 'Run',
      title: shortcuts.corpus.title,
      shortcut: shortcuts.corpus.keys,
      icon: PanelLeft,
      run: () => layout.toggle('left')
    },
    {
      id: 'right',
      group: 'Run',
      title: shortcuts.inspector.title,
      shortcut: shortcuts.inspector.keys,
      icon: PanelRight,
      run: () => layout.toggle('right')
    },
    {
      id: 'alignment',
      group: 'Run',
      title: layout.alignment ? 'Show the sentence as text' : 'Show the tokens of every word',
      hint: 'Alignment',
      icon: SplitSquareHorizontal,
      run: showAlignment
    },
    {
      id: 'spelling',
      group: 'Run',
      title: layout.rawTokens ? 'Show tokens as text' : 'Show tokens in the tokenizer’s spelling',
      hint: 'Ġ, ▁, ##',
      icon: CaseSensitive,
      run: () => (layout.rawTokens = !layout.rawTokens)
    },
    {
      id: 'keys',
      group: 'Run',
      title: shortcuts.sheet.title,
      shortcut: shortcuts.sheet.keys,
      icon: Keyboard,
      run: () => (layout.dialog = 'keys')
    },
    { id: 'restart', group: 'Run', title: 'Restart the engine', icon: RefreshCw, run: () => void restart() }
  ])
  const layers = computed((): Command[] =>
    session.model
      ? Array.from({ length: session.model.layers + 1 }, (_, layer) => ({
          id: `layer ${layer}`,
          group: 'Layer',
          title: `Layer ${layer}`,
          hint: hiddenStateHook(layer),
          icon: Layers,
          run: () => (selection.layer = layer)
        }))
      : []
  )
  const heads = computed((): Command[] =>
    Array.from({ length: session.model?.heads ?? 0 }, (_, head) => ({
      id: `head ${head}`,
      group: 'Head',
      title: `Head ${head + 1}`,
      hint: `of layer ${selection.layer}`,
      icon: Layers,
      run: () => {
        selection.head = head
        selection.view = 'attention'
      }
    }))
  )
  const tasks = computed((): Command[] =>
    (session.dataset?.labelLayers ?? []).map((layer) => ({
      id: `task ${layer.id}`,
      group: 'Labels',
      title: `Colour by ${layer.title}`,
      hint: layer.id,
      icon: Tag,
      run: () => {
        selection.task = layer.id
        selection.label = null
      }
    }))
  )
  const runs = computed((): Command[] =>
    probeableTasks(session.dataset).map((task) => ({
      id: `probe ${task.id}`,
      group: 'Run',
      title: `Probe ${task.title} at every layer`,
      hint: task.id,
      icon: ChartLine,
      run: () => {
        selection.task = task.id
        selection.view = 'probes'
        const options = probes.defaultOptions(task.id)
        if (options) void probes.run(options)
      }
    }))
  )
  const classes = computed((): Command[] => {
    const layer = session.dataset?.labelLayers.find((candidate) => candidate.id === selection.task)
    return (layer?.classes ?? []).map((name, index) => ({
      id: `class ${name}`,
      group: 'Label',
      title: name,
      hint: `${layer!.title}, ${formatCount(layer!.counts[index] ?? 0)} times`,
      icon: Tag,
      run: () => (selection.label = name)
    }))
  })

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
  return computed(() => [
    ...views.value,
    ...general.value,
    ...layers.value,
    ...runs.value,
    ...tasks.value,
    ...classes.value,
    ...heads.value
  ])
}
