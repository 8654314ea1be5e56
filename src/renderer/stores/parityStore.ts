import type { ParityCheck } from '@shared/model'
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { client } from '@/client'

export type ParityState =
  { state: 'checking' } | { state: 'done'; check: ParityCheck } | { state: 'failed'; reason: string }

/** How models compare with PyTorch, by id; a model that was checked is not checked again until it is asked for. */
export const useParityStore = defineStore('parity', () => {
  const byModel = ref<Readonly<Record<string, ParityState | undefined>>>({})

  function set(modelId: string, state: ParityState | undefined): void {
    byModel.value = { ...byModel.value, [modelId]: state }
  }

  async function check(modelId: string): Promise<void> {
    if (byModel.value[modelId]?.state === 'checking') return
    set(modelId, { state: 'checking' })
    try {
      set(modelId, {
        state: 'done',
        check: await client.call('model.checkParity', { modelId, jobId: crypto.randomUUID() })
      })
    } catch (error) {
      const cancelled = error instanceof Error && error.name === 'JobCancelled'
      set(
        modelId,
        cancelled ? undefined : { state: 'failed', reason: error instanceof Error ? error.message : String(error) }
      )
    }
  }
  return { byModel, check }
})
