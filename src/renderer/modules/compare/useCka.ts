import type { CostEstimate } from '@shared/activations'
import type { CallInput } from '@shared/contract'
import type { Answer } from '@shared/results'
import { computed, ref, shallowRef, watch } from 'vue'
import { client } from '@/client'
import { useJob } from '@/composables/useJob'
import { Superseded, useLatest } from '@/composables/useLatest'
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
  const cost = shallowRef<CostEstimate | null>(null)
  /** Why the cost is not known, as a sentence. */
  const costProblem = ref('')
  const problem = computed(() => costProblem.value || (job.error.value ?? ''))
  const latest = useLatest()

  // Probes of these models that are under way bring the word vectors along.
  watch(
    [request, () => runs.running.length],
    async ([next], [before]) => {
      if (JSON.stringify(next) === JSON.stringify(before) && (job.result.value || job.running.value)) return
      job.clear()
      cost.value = null
      costProblem.value = ''
      if (!next || runs.running.length > 0) return
      try {
        const estimate = await latest(client.call('compare.estimate', next))
        cost.value = estimate
        if (estimate.seconds <= patienceSeconds) await compute()
      } catch (error) {
        if (!(error instanceof Superseded)) costProblem.value = error instanceof Error ? error.message : String(error)
      }
    },
    { immediate: true }
  )

  async function compute(): Promise<void> {
    const asked = request.value
    if (asked) await job.start((jobId) => client.call('compare.cka', { ...asked, jobId }))
  }

  return { modelA, modelB, job, cost, problem, compute }
}
