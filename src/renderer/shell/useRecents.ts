import { computed, type ComputedRef } from 'vue'
import { datasetKey, modelKey, useOpening } from '@/stores/opening'
import { useSessionStore } from '@/stores/sessionStore'

export interface Recent {
  kind: 'model' | 'data'
  name: string
  /** 'Ctrl 1' */
  shortcut: string
  run(): void
}

/** Models first, then data: as many as there are keys. */
const most = { models: 5, all: 9 } as const

/** Models and data that were opened lately and are not open now, in the order of the keys that open them. */
export function useRecents(): ComputedRef<Recent[]> {
  const opening = useOpening()
  const session = useSessionStore()
  return computed(() => {
    const openModel = session.model ? modelKey(session.model) : null
    const openData = opening.datasetRequest ? datasetKey(opening.datasetRequest) : null
    const models = opening.recentModels
      .filter((recent) => modelKey(recent) !== openModel)
      .slice(0, most.models)
      .map(({ path, name, untrained }) => ({
        kind: 'model' as const,
        name,
        run: () => void opening.openModel(path, { untrained: untrained ?? null })
      }))
    const data = opening.recentDatasets
      .filter(({ request }) => datasetKey(request) !== openData)
      .map(({ request, name }) => ({ kind: 'data' as const, name, run: () => void opening.openDataset(request) }))
    return [...models, ...data].slice(0, most.all).map((recent, i) => ({ ...recent, shortcut: `Ctrl ${i + 1}` }))
  })
}
