import type { CostEstimate } from '@shared/activations'
import type { CkaResult } from '@shared/compare'
import type { CallInput } from '@shared/contract'
import { computed, ref, shallowRef, watch } from 'vue'
import { client } from '@/client'
import { Superseded, useLatest } from '@/composables/useLatest'
import { useSessionStore } from '@/stores/sessionStore'
import { useCompareModels } from './compareModels'
import { useCompareRuns } from './compareRuns'
import { sampleChoices, useCompareSettings } from './compareSettings'

/** A comparison that takes no longer is made without being asked for. */
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

  const result = shallowRef<CkaResult | null>(null)
  const cost = shallowRef<CostEstimate | null>(null)
  const problem = ref('')
  /** The job under way. */
  const jobId = ref<string | null>(null)
  const latest = useLatest()

  // Probes of these models that are under way bring the word vectors along.
  watch(
    [request, () => runs.running.length],
    async ([next], [before]) => {
      if (JSON.stringify(next) === JSON.stringify(before) && (result.value || jobId.value)) return
      await stop()
      result.value = null
      cost.value = null
      problem.value = ''
      if (!next || runs.running.length > 0) return
      try {
        const estimate = await latest(client.call('compare.estimate', next))
        cost.value = estimate
        if (estimate.seconds <= patienceSeconds) await compute()
      } catch (error) {
        say(error)
      }
    },
    { immediate: true }
  )

  async function compute(): Promise<void> {
    const asked = request.value
    if (!asked) return
    const id = crypto.randomUUID()
    jobId.value = id
    problem.value = ''
    try {
      result.value = await latest(client.call('compare.cka', { ...asked, jobId: id }))
    } catch (error) {
      say(error)
    } finally {
      if (jobId.value === id) jobId.value = null
    }
  }

  async function stop(): Promise<void> {
    const id = jobId.value
    jobId.value = null
    // It may have ended a moment before.
    if (id) await client.call('job.cancel', { jobId: id }).catch(() => undefined)
  }

  function say(error: unknown): void {
    if (error instanceof Superseded || (error instanceof Error && error.name === 'JobCancelled')) return
    problem.value = error instanceof Error ? error.message : String(error)
  }

  return { modelA, modelB, result, cost, problem, jobId, compute, stop }
}
