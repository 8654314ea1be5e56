import type { ModelInfo } from '@shared/model'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { client } from '@/client'
import { useHeadChanges } from '@/composables/useHeadChanges'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSessionStore } from '@/stores/sessionStore'
import { useAdaptStore } from './adaptStore'

export const pairPanes = ['probes', 'heads', 'words', 'neurons'] as const
export type PairPane = (typeof pairPanes)[number]

/** The open model and what was trained from it, side by side. */
export const useAdaptedPair = defineStore('adaptedPair', () => {
  const session = useSessionStore()
  const adapt = useAdaptStore()
  const notices = useNoticeStore()

  const pane = ref<PairPane>('probes')
  const opening = ref(false)
  /** Whether heads are compared on the chosen sentence alone. */
  const ofSentence = ref(false)

  /** Adapted models that were opened, by their folders. */
  const opened = shallowRef<ReadonlyMap<string, ModelInfo>>(new Map())
  const adapted = computed(() => opened.value.get(adapt.result?.checkpoint ?? '') ?? null)
  /** Both models; null until the adapted one is open. */
  const pair = computed(() => (session.model && adapted.value ? { base: session.model, adapted: adapted.value } : null))

  const changes = useHeadChanges(
    () => pair.value,
    () => pane.value === 'heads' || pane.value === 'neurons'
  )
  // An engine that was started again knows no model but the open one.
  watch(
    () => session.engine.restarts,
    () => (opened.value = new Map())
  )

  async function open(): Promise<void> {
    const path = adapt.result?.checkpoint
    if (!path || adapted.value) return
    opening.value = true
    try {
      const model = await client.call('model.open', { path, jobId: crypto.randomUUID() })
      opened.value = new Map(opened.value).set(path, model)
    } catch (error) {
      notices.fail('The adapted model could not be opened', error)
    } finally {
      opening.value = false
    }
  }

  /** Opens the heads of the chosen sentence in both models. */
  async function showSentence(): Promise<void> {
    pane.value = 'heads'
    ofSentence.value = true
    await open()
  }

  return {
    pane,
    opening,
    ofSentence,
    pair,
    changes: changes.result,
    changesError: changes.error,
    changesJob: changes.status,
    cancelChanges: changes.cancel,
    open,
    showSentence
  }
})
