import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { client } from '@/client'
import { useLatest } from '@/composables/useLatest'
import { useNoticeStore } from './noticeStore'
import { makeReading, readingRequest, sentenceFor, type Reading, type ReadingRequest } from './reading'
import { useSelectionStore } from './selectionStore'
import { useSessionStore } from './sessionStore'

/** The chosen sentence as the open model reads it, shared by rail, inspector and the views. */
export const useAnalysisStore = defineStore('analysis', () => {
  const selection = useSelectionStore()
  const session = useSessionStore()
  const notices = useNoticeStore()
  const newest = shallowRef<Reading | null>(null)
  const latest = useLatest()

  /** What is chosen: the model in the header and the sentence in the corpus list. */
  const wanted = computed<ReadingRequest | null>(() =>
    session.model && selection.sentence ? readingRequest(session.model, selection.sentence) : null
  )
  /** The reading of what is chosen; null until the engine has answered. */
  const reading = computed(() => (newest.value?.key === wanted.value?.key ? newest.value : null))
  /** The chosen word, where the reading has it: never an index into one sentence applied to another. */
  const word = computed(() =>
    selection.word !== null && selection.word < (reading.value?.words.length ?? 0) ? selection.word : null
  )

  // Places of masked tokens are of one tokenizer: with another, they would hide other tokens.
  let before = session.model
  watch(
    () => session.model,
    (model) => {
      if (!model) return
      const { sentence } = selection
      if (sentence && before) selection.sentence = sentenceFor(model, sentence, before)
      before = model
    },
    { flush: 'sync' }
  )
  watch(
    [() => wanted.value?.key, () => session.engine.restarts],
    async () => {
      const request = wanted.value
      if (!request) {
        newest.value = null
        return
      }
      const { model, sentence } = request
      try {
        const [analysis, row] = await latest(
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
        newest.value = makeReading(request, analysis, row)
      } catch (error) {
        if (error instanceof Error && error.name === 'Superseded') return
        newest.value = null
        notices.fail('This sentence could not be analysed', error)
      }
    },
    { immediate: true }
  )

  return { wanted, reading, word }
})
