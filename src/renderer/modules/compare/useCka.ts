import type { CallInput } from '@shared/contract'
import type { Answer } from '@shared/results'
import { computed, ref, watch } from 'vue'
import { client } from '@/client'
import { useAnswer } from '@/composables/useAnswer'
import { useJob } from '@/composables/useJob'
import { useSessionStore } from '@/stores/sessionStore'
import { useCompareModels } from './compareModels'
import { useCompareRuns } from './compareRuns'
import { sampleChoices, useCompareSettings } from './compareSettings'

/** A comparison that takes no longer starts by itself. */
const patienceSeconds = 4
const seed = 1

/** The similarity of the layers of two of the models: which two, what it costs, and the answer. */
export function useCka() {
  const session = useSessionStore()
  const compared = useCompareModels()
  const runs = useCompareRuns()
  const settings = useCompareSettings()

  const chosen = ref<{ a: string | null; b: string | null }>({ a: null, b: null })
  const known = (id: string | null): string | null => (compared.models.some((model) => model.id === id) ? id : null)
  /** Rows: the open model unless another was chosen; columns: the first of the others. */
  const modelA = computed({
    get: () => known(chosen.value.a) ?? session.model?.id ?? null,
    set: (a) => (chosen.value = { ...chosen.value, a })
  })
  const modelB = computed({
    get: () => known(chosen.value.b) ?? compared.models.find((model) => model.id !== modelA.value)?.id ?? modelA.value,
    set: (b) => (chosen.value = { ...chosen.value, b })
  })
  const request = computed<CallInput<'compare.estimate'> | null>(() => {
    if (!modelA.value || !modelB.value || !runs.text) return null
    return {
      ...runs.text,
      modelA: modelA.value,
      modelB: modelB.value,
      estimator: settings.estimator,
      sample: sampleChoices[settings.sample],
      seed
    }
  })

  const job = useJob<Answer<'cka'>>()
  watch(
    () => JSON.stringify(request.value),
    () => job.clear()
  )
  // Probes of these models that are under way bring the word vectors along.
  const estimate = useAnswer(
    () => (request.value && runs.running.length === 0 ? JSON.stringify(request.value) : null),
    () => client.call('compare.estimate', request.value!)
  )
  const problem = computed(() => estimate.error.value ?? job.error.value ?? '')
  watch(estimate.value, (cost) => {
    if (cost && cost.seconds <= patienceSeconds && !job.result.value && !job.running.value) void compute()
  })

  async function compute(): Promise<void> {
    const asked = request.value
    if (asked) await job.start((jobId) => client.call('compare.cka', { ...asked, jobId }))
  }

  return { modelA, modelB, job, cost: estimate.value, problem, compute }
}
