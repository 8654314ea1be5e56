import { hiddenStateHook } from '@shared/hookNames'
import { shortcuts } from '@shared/shortcuts'
import { ArrowRight, Box, ChartLine, CircleHelp, Database, Layers, SlidersHorizontal, Tag } from '@lucide/vue'
import { computed, type ComputedRef } from 'vue'
import { handlerOf, shownChoices } from '@/actions/handlers'
import { perform } from '@/actions/perform'
import { actionIds, actions } from '@/actions/registry'
import { viewModules } from '@/modules/registry'
import { formatCount } from '@/plots/format'
import { probeableTasks, useProbeStore } from '@/stores/probeStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import type { Command } from './commands'
import { useQuestions } from './questions'
import { useRecents } from './useRecents'

/** Everything that can be asked, run or gone to now, in the order in which it is offered. */
export function useCommands(): ComputedRef<Command[]> {
  const session = useSessionStore()
  const selection = useSelectionStore()
  const probes = useProbeStore()
  const asked = useQuestions()
  const recents = useRecents()

  const questions = computed((): Command[] =>
    asked.value.map(({ id, title, words, cost, answer, answerIn, ask }) => ({
      id: `question ${id}`,
      group: 'Ask',
      title,
      words,
      icon: CircleHelp,
      answer,
      answerIn,
      cost,
      run: ask
    }))
  )
  const recent = computed((): Command[] =>
    recents.value.map(({ kind, name, shortcut, run }) => ({
      id: `recent ${shortcut}`,
      group: 'Recent',
      title: name,
      hint: kind,
      shortcut,
      icon: kind === 'model' ? Box : Database,
      run
    }))
  )
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
  const viewTitles = new Map<string, string>(viewModules.map(({ id, title }) => [id, title]))
  /** Every action that applies to what is open, wherever its button is. */
  const all = computed((): Command[] => {
    const { model, dataset, split } = session
    const corpus = model && dataset ? { modelId: model.id, datasetId: dataset.id, split } : null
    return (
      actionIds
        .filter((id) => actions[id].applies?.({ model, dataset }) ?? true)
        // What works everywhere and cannot be done is not there to be opened either.
        .filter((id) => actions[id].view !== undefined || (handlerOf(id)?.isEnabled() ?? true))
        .map((id) => {
          const { title: usual, words, shortcut, view, cost } = actions[id]
          const title = handlerOf(id)?.title?.() ?? usual
          return {
            id: `action ${id}`,
            group: view ? viewTitles.get(view)! : 'Run',
            title,
            words,
            shortcut: shortcut && shortcuts[shortcut].keys,
            icon: ArrowRight,
            cost: () => handlerOf(id)?.cost?.() ?? (corpus && cost ? cost(corpus) : null),
            run: () => void perform(id)
          }
        })
    )
  })
  const settings = computed((): Command[] =>
    shownChoices().map(({ title, run }) => ({
      id: `setting ${title}`,
      group: 'Set in this view',
      title,
      icon: SlidersHorizontal,
      run
    }))
  )
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
      group: 'Probes',
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
  return computed(() => {
    // Two controls of a view may offer the same by the same name: the first is as good.
    const once = new Map<string, Command>()
    for (const list of [questions, recent, views, all, settings, layers, runs, tasks, classes, heads])
      for (const command of list.value) if (!once.has(command.id)) once.set(command.id, command)
    return [...once.values()]
  })
}
