import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { WordSelection } from '@/stores/wordSelectionStore'

export type ProjectionPane = 'words' | 'contexts' | 'neurons' | 'geometry'

/** The part of the view that is open, and the selection that words are looked for that are like it. */
export const useProjectionPane = defineStore('projectionPane', () => {
  const pane = ref<ProjectionPane>('words')
  /** Null where words like the chosen word are looked for. */
  const like = shallowRef<WordSelection | null>(null)

  function searchLike(selection: WordSelection): void {
    like.value = selection
    pane.value = 'contexts'
  }
  return { pane, like, searchLike }
})
