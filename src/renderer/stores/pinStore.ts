import type { ModelInfo } from '@shared/model'
import type { SentenceRef } from '@shared/sentence'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { client } from '@/client'
import { Superseded, useLatest } from '@/composables/useLatest'
import { useNoticeStore } from './noticeStore'
import { baseName, type ModelRequest } from './opening'
import { readingRequest, sentenceFor } from './reading'
import { useSelectionStore } from './selectionStore'
import { useSessionStore } from './sessionStore'

/**
 * What is pinned: a model, a sentence, or both. Views show it beside the current one, with the difference; what is not
 * pinned is the current one on both sides.
 */
export const usePinStore = defineStore('pin', () => {
  const session = useSessionStore()
  const selection = useSelectionStore()
  const notices = useNoticeStore()

  const model = shallowRef<ModelInfo | null>(null)
  const sentence = shallowRef<SentenceRef | null>(null)
  /** Name of the model that is being opened to be pinned. */
  const opening = ref<string | null>(null)
  /** Whether views show both sides; what is pinned stays pinned when they do not. */
  const both = ref(true)
  const latest = useLatest()

  /** Pinned and current model, where they are two. */
  const models = computed(() =>
    session.model && model.value && model.value.id !== session.model.id
      ? { pinned: model.value, current: session.model }
      : null
  )
  /** What the pinned side reads; null while both sides would read the same. */
  const reading = computed(() => {
    const [of, text] = [model.value ?? session.model, sentence.value ?? selection.sentence]
    if (!session.model || !selection.sentence || !of || !text) return null
    const request = readingRequest(of, sentenceFor(of, text, session.model))
    return request.key === readingRequest(session.model, selection.sentence).key ? null : request
  })
  const isPinned = computed(() => model.value !== null || sentence.value !== null)

  /** Pins a model that is open already. */
  function pinModel(info: ModelInfo): void {
    model.value = info
    both.value = true
  }
  function pinSentence(which: SentenceRef): void {
    sentence.value = which
    both.value = true
  }
  /**
   * Opens a model beside the current one and pins it.
   * @returns the model; null where it could not be opened or another one was asked for meanwhile
   */
  async function pin({ path, untrained = null }: ModelRequest): Promise<ModelInfo | null> {
    opening.value = baseName(path)
    try {
      const opened = await latest(client.call('model.open', { path, untrained, jobId: crypto.randomUUID() }))
      opening.value = null
      pinModel(opened)
      return opened
    } catch (error) {
      if (error instanceof Superseded) return null
      opening.value = null
      notices.fail(`'${baseName(path)}' could not be pinned`, error)
      return null
    }
  }
  function unpin(): void {
    model.value = null
    sentence.value = null
  }
  // An engine that was started again knows no model but the open one.
  watch(
    () => session.engine.restarts,
    () => {
      const lost = model.value
      model.value = null
      if (lost) void pin(lost)
    }
  )

  return { model, sentence, opening, both, models, reading, isPinned, pin, pinModel, pinSentence, unpin }
})
