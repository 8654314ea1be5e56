import type { CallInput } from '@shared/contract'
import { isActive } from '@shared/jobs'
import type { PretrainEstimate, PretrainFamily, PretrainProgress } from '@shared/pretrain'
import type { KeptResult } from '@shared/results'
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { client } from '@/client'
import { useAnswer } from '@/composables/useAnswer'
import { useJob } from '@/composables/useJob'
import { useJobStore } from '@/stores/jobStore'
import { useKept, useKeptStore } from '@/stores/keptStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSessionStore } from '@/stores/sessionStore'
import { useRunProgress } from './runProgress'
import { noPretrainTexts, typedPretrain, type PretrainTexts } from './pretrainSettings'

/** A new model that is trained from random weights on the text that is open. */
export const useAdaptPretrain = defineStore('adaptPretrain', () => {
  const session = useSessionStore()
  const jobs = useJobStore()
  const kept = useKeptStore()
  const notices = useNoticeStore()

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

  const started = useJob<KeptResult<'pretrain'>>({
    outlives: true,
    onFailure: (error) => notices.fail('The model could not be trained', error)
  })
  /** The run that waits or trains on what is open, whoever requested it. */
  const job = computed(
    () =>
      [...jobs.jobs.values()].find(
        ({ call, subject, ...status }) =>
          call === 'pretrain.run' && isActive(status) && subject.dataset?.id === session.dataset?.id
      ) ?? null
  )
  const progress = useRunProgress<PretrainProgress>(job, (id, from) =>
    client.call('pretrain.progress', { job: id, from })
  )

  const runs = useKept('pretrain', true)
  const chosen = ref<string | null>(null)
  const shown = computed(() => runs.value.find(({ id }) => id === chosen.value) ?? runs.value[0] ?? null)
  const result = useAnswer<KeptResult<'pretrain'>>(
    () => (open.value ? (shown.value?.id ?? null) : null),
    () => kept.read('pretrain', shown.value!.id)
  )

  async function run(): Promise<void> {
    const { options } = request.value
    if (!options) return
    const done = await started.start((jobId) => client.call('pretrain.run', { ...options, jobId }))
    if (done) chosen.value = done.id
  }
  async function remove(id: string): Promise<void> {
    try {
      await kept.remove([id])
    } catch (error) {
      notices.fail('The run could not be deleted', error)
    }
  }
  function cancel(): void {
    if (job.value) void client.call('job.cancel', { jobId: job.value.id }).catch(() => undefined)
    else started.cancel()
  }

  return {
    open,
    family,
    texts,
    request,
    cost: cost.value,
    costProblem: cost.error,
    starting: started.running,
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
