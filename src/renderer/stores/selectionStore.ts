import type { SentenceRef } from '@shared/sentence'
import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { ViewId } from '@/modules/registry'

/**
 * The one selection every view shares. Views write here and follow what is written here; none of them keeps a selection
 * of its own. Hover is separate from selection: hovering previews, clicking selects.
 */
export const useSelectionStore = defineStore('selection', () => {
  const view = ref<ViewId>('attention')
  const sentence = ref<SentenceRef | null>(null)
  /** Index of the word in the sentence. */
  const word = ref<number | null>(null)
  /** Hidden-state layer, 0 .. layers; an attention map of layer i (1 ..) is the one that block i - 1 read. */
  const layer = ref(0)
  const head = ref<number | null>(null)
  /** Label layer that colours words and names the probes, for example 'upos'. */
  const task = ref('upos')
  /** One class of that label layer. */
  const label = ref<string | null>(null)
  const hoveredWord = ref<number | null>(null)

  function selectSentence(next: SentenceRef, atWord: number | null = null): void {
    sentence.value = next
    word.value = atWord
    hoveredWord.value = null
  }

  return { view, sentence, word, layer, head, task, label, hoveredWord, selectSentence }
})
