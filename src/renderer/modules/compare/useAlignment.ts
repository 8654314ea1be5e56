import type { CallInput } from '@shared/contract'
import type { Answer } from '@shared/results'
import { computed, ref, watch } from 'vue'
import { client } from '@/client'
import { useAnswer } from '@/composables/useAnswer'
import { useJob } from '@/composables/useJob'
import { useSessionStore } from '@/stores/sessionStore'
import { useCompareModels } from './compareModels'
import { useCompareRuns } from './compareRuns'

const seed = 1

/** Two languages of the open data: which splits and models, what an alignment costs, and the answer. */
export function useAlignment() {
  const session = useSessionStore()
  const compared = useCompareModels()
  const runs = useCompareRuns()

  const chosen = ref<{ modelB: string | null; splitA: string | null; splitB: string | null }>({
    modelB: null,
    splitA: null,
    splitB: null
  })
  const splits = computed(() => session.dataset?.splits ?? [])
  /** Splits that another one has as many sentences as: what parallel texts look like. */
  const parallel = computed(() =>
    splits.value.filter(({ name, sentences }) =>
      splits.value.some((other) => other.name !== name && other.sentences === sentences)
    )
  )
  const named = (name: string | null): boolean => parallel.value.some((split) => split.name === name)
  const splitA = computed({
    get: () => (named(chosen.value.splitA) ? chosen.value.splitA : (parallel.value[0]?.name ?? null)),
    set: (next) => (chosen.value = { ...chosen.value, splitA: next })
  })
  const partners = computed(() => {
    const first = parallel.value.find(({ name }) => name === splitA.value)
    return parallel.value.filter(({ name, sentences }) => name !== first?.name && sentences === first?.sentences)
  })
  const splitB = computed({
    get: () => partners.value.find(({ name }) => name === chosen.value.splitB)?.name ?? partners.value[0]?.name ?? null,
    set: (next) => (chosen.value = { ...chosen.value, splitB: next })
  })
  const modelA = computed(() => session.model?.id ?? null)
  const modelB = computed({
    get: () => compared.models.find(({ id }) => id === chosen.value.modelB)?.id ?? modelA.value,
    set: (next) => (chosen.value = { ...chosen.value, modelB: next })
  })
  const request = computed<CallInput<'compare.alignEstimate'> | null>(() =>
    session.dataset && modelA.value && modelB.value && splitA.value && splitB.value
      ? {
          modelA: modelA.value,
          modelB: modelB.value,
          datasetId: session.dataset.id,
          splitA: splitA.value,
          splitB: splitB.value,
          pool: runs.settings?.pool ?? ('mean' as const),
          seed
        }
      : null
  )

  const job = useJob<Answer<'alignment'>>()
  watch(
    () => JSON.stringify(request.value),
    () => job.clear()
  )
  const estimate = useAnswer(
    () => (request.value ? JSON.stringify(request.value) : null),
    () => client.call('compare.alignEstimate', request.value!)
  )
  const problem = computed(() => estimate.error.value ?? job.error.value ?? '')

  async function align(): Promise<void> {
    const asked = request.value
    if (asked) await job.start((jobId) => client.call('compare.align', { ...asked, jobId }))
  }

  return { parallel, partners, splitA, splitB, modelB, job, cost: estimate.value, problem, align }
}
