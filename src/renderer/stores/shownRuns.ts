import * as v from 'valibot'
import { ref, shallowRef, watch, type Ref } from 'vue'
import { keepSettings } from '@/composables/keepSettings'
import { useSessionStore } from './sessionStore'
import { useViewSettings } from './viewSettings'

/** Models, data sets and tasks of which the run shown is remembered. */
const mostRemembered = 300
const runNames = v.fallback(v.record(v.string(), v.string()), {})
const saved = v.object({ runs: runNames })

/** What a run is shown for: one of each is. */
export interface RunPlace {
  modelId: string
  datasetId: string
  task: string
}

/**
 * Which run is shown for each model, data set and task, kept with the settings: a run that was shown once stays until
 * another is put in its place, whatever runs are made elsewhere.
 * @param key name of the entry among the settings
 */
export function useShownRuns(key: string) {
  const runs = shallowRef<Readonly<Record<string, string>>>({})
  const restored = ref(false)
  const session = useSessionStore()
  const views = useViewSettings()
  // A link says which runs of what it opens are shown, and nothing of others.
  void keepSettings(key, saved, { runs }, ['runs']).then(() => {
    views.register(key, {
      byThemselves: true,
      read: ofOpen,
      write: (values) => addRuns(v.parse(runNames, values))
    })
    restored.value = true
  })

  function ofOpen(): Record<string, string> {
    const place = `${session.model?.id} ${session.dataset?.id} `
    return Object.fromEntries(Object.entries(runs.value).filter(([name]) => name.startsWith(place)))
  }
  function addRuns(added: Readonly<Record<string, string>>): void {
    const others = Object.entries(runs.value).filter(([name]) => !(name in added))
    runs.value = Object.fromEntries([...others, ...Object.entries(added)].slice(-mostRemembered))
  }

  function remembered(place: RunPlace): string | undefined {
    return runs.value[nameOf(place)]
  }
  function remember(place: RunPlace, runId: string): void {
    const name = nameOf(place)
    if (runs.value[name] !== runId) addRuns({ [name]: runId })
  }
  /** Remembers whatever is shown, once what was shown before is known. */
  function follow(shown: Readonly<Ref<readonly (RunPlace & { id: string })[]>>): void {
    watch([shown, restored], () => {
      if (restored.value) for (const { id, ...place } of shown.value) remember(place, id)
    })
  }
  return { remembered, remember, follow }
}

function nameOf({ modelId, datasetId, task }: RunPlace): string {
  return `${modelId} ${datasetId} ${task}`
}
