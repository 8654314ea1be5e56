import { computed, type ComputedRef } from 'vue'
import { useSessionStore } from '@/stores/sessionStore'

export interface Note {
  /** The model or data it is about. */
  about: string
  text: string
}

/** What was skipped, assumed or is special in the open model and data: it is said as long as they are open. */
export function useNotes(): ComputedRef<Note[]> {
  const session = useSessionStore()
  return computed(() => {
    const { model, dataset } = session
    return [
      ...(model?.notes ?? []).map((text) => ({ about: model!.name, text })),
      // What is bundled was looked at by its makers.
      ...(dataset && !dataset.builtin ? dataset.warnings.map((text) => ({ about: dataset.name, text })) : [])
    ]
  })
}
