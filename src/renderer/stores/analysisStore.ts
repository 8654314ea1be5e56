import type { SentenceAnalysis } from '@shared/sentence'
import type { SentenceRow } from '@shared/dataset'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { client } from '@/client'
import { useLatest } from '@/composables/useLatest'
import { useNoticeStore } from './noticeStore'
import { useSelectionStore } from './selectionStore'
import { useSessionStore } from './sessionStore'

/**
 * The model's run over the chosen sentence and the sentence's gold labels, shared by rail, inspector and attention
 * view.
 */
export const useAnalysisStore = defineStore('analysis', () => {
  const selection = useSelectionStore()
  const session = useSessionStore()
  const notices = useNoticeStore()
  const analysis = shallowRef<SentenceAnalysis | null>(null)
  const row = shallowRef<SentenceRow | null>(null)
  /** Key of the sentence that `analysis` and `row` are about; the selection may be a moment ahead of it. */
  const analysedKey = ref('')
  /** The chosen word as far as `analysis` and `row` know it: never an index into one sentence applied to another. */
  const shownWord = ref<number | null>(null)
  const latest = useLatest()

  /** First token of every word, -1 for a word without tokens. */
  const firstToken = computed(() => {
    const result = new Int32Array(analysis.value?.words.length ?? 0).fill(-1)
    analysis.value?.tokens.forEach((token, index) => {
      if (token.word !== null && result[token.word] === -1) result[token.word] = index
    })
    return result
  })

  watch(
    [() => session.model?.id, () => selection.sentenceKey, () => session.engine.restarts],
    async () => {
      const sentence = selection.sentence
      const model = session.model
      const key = selection.sentenceKey
      if (!sentence || !model) {
        analysis.value = null
        row.value = null
        return
      }
      try {
        const [nextAnalysis, nextRow] = await latest(
          Promise.all([
            client.call('sentence.analyze', { modelId: model.id, sentence, thumbnailSize: 24 }),
            sentence.kind === 'dataset'
              ? client.call('dataset.sentence', {
                  datasetId: sentence.datasetId,
                  split: sentence.split,
                  index: sentence.index
                })
              : Promise.resolve(null)
          ])
        )
        analysis.value = nextAnalysis
        row.value = nextRow
        analysedKey.value = key
      } catch (error) {
        if (error instanceof Error && error.name === 'Superseded') return
        analysis.value = null
        row.value = null
        notices.fail('This sentence could not be analysed', error)
      }
    },
    { immediate: true }
  )

  watch(
    [analysedKey, () => selection.sentenceKey, () => selection.word],
    () => {
      if (analysedKey.value === selection.sentenceKey) shownWord.value = selection.word
    },
    { flush: 'sync' }
  )

  return { analysis, row, firstToken, analysedKey, shownWord }
})
