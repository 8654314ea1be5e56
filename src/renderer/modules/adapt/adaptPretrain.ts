import type { CallInput } from '@shared/contract'
import type { PretrainEstimate, PretrainFamily } from '@shared/pretrain'
import type { KeptResult } from '@shared/results'
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { client } from '@/client'
import { useAnswer } from '@/composables/useAnswer'
import { useKeptStore } from '@/stores/keptStore'
import { useSessionStore } from '@/stores/sessionStore'
import { noPretrainTexts, typedPretrain, type PretrainTexts } from './pretrainSettings'
import { useTraining } from './training'

/** A new model that is trained from random weights on the text that is open. */
export const useAdaptPretrain = defineStore('adaptPretrain', () => {
  const session = useSessionStore()
  const kept = useKeptStore()

  /** Whether its form is shown. */
  const open = ref(false)
  const family = ref<PretrainFamily>('bert')
  const texts = ref<PretrainTexts>({ ...noPretrainTexts })

  const request = computed((): { options: CallInput<'pretrain.run'> | null; problem: string } => {
    const { model, dataset } = session
    if (!open.value || !model || !dataset) return { options: null, problem: '' }
    const { numbers, problem } = typedPretrain(texts.value)
    if (problem) return { options: null, problem }
    const { seed = 1, ...shape } = numbers
    const { train: split } = dataset.suggested
    return {
      options: { ...shape, seed, family: family.value, modelId: model.id, datasetId: dataset.id, split },
      problem: ''
    }
  })
  const cost = useAnswer<PretrainEstimate>(
    () => (request.value.options ? JSON.stringify(request.value.options) : null),
    () => client.call('pretrain.estimate', request.value.options!)
  )

  const { job, progress, starting, runs, chosen, train, remove, cancel } = useTraining(
    'pretrain',
    'The model could not be trained',
    ({ dataset }) => dataset?.id === session.dataset?.id,
    (id, from) => client.call('pretrain.progress', { job: id, from })
  )
  const shown = computed(() => runs.value.find(({ id }) => id === chosen.value) ?? runs.value[0] ?? null)
  const result = useAnswer<KeptResult<'pretrain'>>(
    () => (open.value ? (shown.value?.id ?? null) : null),
    () => kept.read('pretrain', shown.value!.id)
  )

  async function run(): Promise<void> {
    const { options } = request.value
    if (options) await train((jobId) => client.call('pretrain.run', { ...options, jobId }))
  }

  return {
    open,
    family,
    texts,
    request,
    cost: cost.value,
    costProblem: cost.error,
    starting,
    job,
    progress,
    runs,
    chosen,
    result: result.value,
    run,
    remove,
    cancel
  }
})
