import * as v from 'valibot'
import { ref, shallowRef, watch, type Ref } from 'vue'
import { keepSettings } from '@/composables/keepSettings'

/** Models, data sets and tasks of which the run shown is remembered. */
const mostRemembered = 300
const saved = v.object({ runs: v.fallback(v.record(v.string(), v.string()), {}) })

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
  void keepSettings(key, saved, { runs }).then(() => (restored.value = true))

  function remembered(place: RunPlace): string | undefined {
    return runs.value[nameOf(place)]
  }
  function remember(place: RunPlace, runId: string): void {
    const name = nameOf(place)
    if (runs.value[name] === runId) return
    const others = Object.entries(runs.value).filter(([other]) => other !== name)
    runs.value = Object.fromEntries([...others, [name, runId]].slice(-mostRemembered))
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
