import { computed } from 'vue'
import type { Reading } from '@/stores/reading'
import { useSelectionStore } from '@/stores/selectionStore'

/** The tokens of the chosen sentence that are masked; they are a part of the selection, so every view follows. */
export function useMasking(reading: () => Reading | null) {
  const selection = useSelectionStore()
  const places = computed<readonly number[]>(() => reading()?.sentence.masked ?? [])

  function set(next: readonly number[]): void {
    const { sentence } = selection
    if (sentence) selection.sentence = { ...sentence, masked: next.length ? [...next] : undefined }
  }
  return {
    places,
    /** Masks tokens, or takes that back where all of them are masked; special tokens are left alone. */
    toggle(tokens: readonly number[]): void {
      const now = reading()
      const words = tokens.filter((token) => now && now.tokens[token]?.special === false)
      if (words.length === 0) return
      const isMasked = words.every((token) => places.value.includes(token))
      const others = places.value.filter((token) => !words.includes(token))
      set(isMasked ? others : [...others, ...words].sort((a, b) => a - b))
    },
    clear: (): void => set([])
  }
}
