import type { CostEstimate } from '@shared/activations'
import { computed, ref, type ComputedRef, type Ref } from 'vue'
import { client } from '@/client'
import { useAnswer } from '@/composables/useAnswer'
import { useJob } from '@/composables/useJob'
import { useSessionStore } from '@/stores/sessionStore'

interface VectorsOf {
  modelId: string
  datasetId: string
  split: string
  pool: 'first'
  maxWords: null
}

/** The word vectors of the open part: whether they are on disk, what they would cost, and how to compute them. */
export function useExtracted(): {
  part: ComputedRef<VectorsOf | null>
  /** Names the part's vectors once they are on disk; null before. */
  key: ComputedRef<string | null>
  cost: Readonly<Ref<CostEstimate | null>>
  job: ReturnType<typeof useJob<CostEstimate>>
  extract: () => Promise<void>
} {
  const session = useSessionStore()
  const job = useJob<CostEstimate>()
  const extractions = ref(0)
  const part = computed<VectorsOf | null>(() =>
    session.model && session.dataset && session.split
      ? {
          modelId: session.model.id,
          datasetId: session.dataset.id,
          split: session.split,
          pool: 'first',
          maxWords: null
        }
      : null
  )
  const name = computed(() =>
    part.value ? `${JSON.stringify(part.value)} ${extractions.value} ${session.engine.restarts}` : null
  )
  const { value: cost } = useAnswer(
    () => name.value,
    () => client.call('activations.estimate', part.value!)
  )
  const key = computed(() => (cost.value?.cached ? name.value : null))

  async function extract(): Promise<void> {
    const request = part.value
    if (!request) return
    const done = await job.start((jobId) => client.call('activations.extract', { ...request, jobId }))
    if (done) extractions.value++
  }
  return { part, key, cost, job, extract }
}
