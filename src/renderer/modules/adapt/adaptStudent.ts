import type { AdaptKind } from '@shared/adaptMethods'
import type { CallInput } from '@shared/contract'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { client } from '@/client'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSessionStore } from '@/stores/sessionStore'

/** In distillation: a model that learns in place of the teacher's blocks, or the word vectors of a BiLSTM. */
export const useAdaptStudent = defineStore('adaptStudent', () => {
  const session = useSessionStore()
  const notices = useNoticeStore()
  const chosen = shallowRef<{ path: string; id: string } | null>(null)
  /** Path of the model that is being opened. */
  const opening = ref<string | null>(null)

  /** Models to choose from: all but the open one. */
  const entries = computed(() => session.modelEntries.filter(({ path }) => path !== session.model?.path))

  /** @param path null for none */
  async function choose(path: string | null): Promise<void> {
    chosen.value = null
    opening.value = path
    if (path === null) return
    try {
      const { id } = await client.call('model.open', { path, untrained: null, jobId: crypto.randomUUID() })
      if (opening.value === path) chosen.value = { path, id }
    } catch (error) {
      notices.fail('The model could not be opened', error)
    } finally {
      if (opening.value === path) opening.value = null
    }
  }

  return { chosen, opening, entries, choose }
})

/** The field of a request that the chosen model is: the student, or the word vectors of a BiLSTM. */
export function studentOf(
  kind: AdaptKind,
  modelId: string | undefined
): Pick<CallInput<'finetune.run'>, 'student' | 'vectors'> {
  if (modelId === undefined) return {}
  if (kind === 'distillation') return { student: { modelId } }
  return kind === 'bilstm' ? { vectors: { modelId } } : {}
}
