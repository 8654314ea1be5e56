import { defineStore } from 'pinia'
import * as v from 'valibot'
import { computed, ref, shallowRef } from 'vue'
import { keepSettings } from '@/composables/keepSettings'
import { useSessionStore } from './sessionStore'

/** Words that were selected together and given a name. */
export interface WordSelection {
  id: string
  name: string
  datasetId: string
  split: string
  /** Places of the words in the part, ascending. */
  rows: number[]
  /** What they were selected from: the caption of the picture. */
  from: string
}

const most = 100
const saved = v.object({
  selections: v.fallback(
    v.array(
      v.object({
        id: v.string(),
        name: v.string(),
        datasetId: v.string(),
        split: v.string(),
        rows: v.array(v.pipe(v.number(), v.integer(), v.minValue(0))),
        from: v.string()
      })
    ),
    []
  )
})

/** Named selections of words, of all data sets; they outlive a restart. */
export const useWordSelectionStore = defineStore('wordSelections', () => {
  const session = useSessionStore()
  const selections = shallowRef<WordSelection[]>([])
  /** Selection whose sentences alone the corpus lists; null for all. */
  const filterId = ref<string | null>(null)
  const restored = keepSettings('wordSelections', saved, { selections }, ['selections'])

  /** Those of the part that is open. */
  const here = computed(() =>
    selections.value.filter(({ datasetId, split }) => datasetId === session.dataset?.id && split === session.split)
  )
  const filter = computed(() => here.value.find(({ id }) => id === filterId.value) ?? null)

  /** One of the same name in the same part is replaced. */
  function keep(selection: Omit<WordSelection, 'id'>): WordSelection {
    const next = { ...selection, id: crypto.randomUUID() }
    const isSame = ({ name, datasetId, split }: WordSelection): boolean =>
      name === next.name && datasetId === next.datasetId && split === next.split
    selections.value = [next, ...selections.value.filter((known) => !isSame(known))].slice(0, most)
    return next
  }
  function forget(id: string): void {
    selections.value = selections.value.filter((known) => known.id !== id)
    if (filterId.value === id) filterId.value = null
  }
  return { here, filter, filterId, keep, forget, restored }
})
