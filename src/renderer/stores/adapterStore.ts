import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { useOpening } from './opening'
import { useSessionStore } from './sessionStore'

/** A model that was trained from another one, and that one. */
interface TrainedPair {
  adaptedId: string
  adaptedPath: string
  basePath: string
  /** Null until the base was opened. */
  baseId: string | null
}

/**
 * A switch between the open model and the base that it was trained from: an adapter on and off. Every view, and what is
 * chosen in it, stays.
 */
export const useAdapterStore = defineStore('adapter', () => {
  const session = useSessionStore()
  const opening = useOpening()

  const pair = shallowRef<TrainedPair | null>(null)
  const switching = ref(false)
  watch(
    () => session.model,
    (model) => {
      // The base may have been trained from yet another model: the switch stays with the two.
      if (switching.value || (pair.value && model && [pair.value.adaptedId, pair.value.baseId].includes(model.id)))
        return
      const basePath = model?.untrained === null ? model.lineage?.base.path : undefined
      pair.value =
        model && basePath !== undefined
          ? { adaptedId: model.id, adaptedPath: model.path, basePath, baseId: null }
          : null
    },
    { immediate: true, flush: 'sync' }
  )
  const isKnown = computed(() => pair.value !== null)
  const isOn = computed(() => pair.value !== null && session.model?.id === pair.value.adaptedId)

  async function toggle(): Promise<void> {
    const known = pair.value
    if (!known || switching.value) return
    switching.value = true
    try {
      const toBase = isOn.value
      const isOpen = await opening.openModel(toBase ? known.basePath : known.adaptedPath)
      if (isOpen && toBase && session.model) pair.value = { ...known, baseId: session.model.id }
    } finally {
      switching.value = false
    }
  }

  return { isKnown, isOn, switching, toggle }
})
