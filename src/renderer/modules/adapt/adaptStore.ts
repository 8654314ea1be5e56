import { adaptKinds, defaultAdaptation, type AdaptKind } from '@shared/adaptMethods'
import type { CallInput } from '@shared/contract'
import type { DatasetInfo } from '@shared/dataset'
import type { FinetuneEstimate } from '@shared/finetune'
import { finetunePresets, type FinetunePresetName } from '@shared/finetunePresets'
import type { FinetuneOptions, LayerSchedule } from '@shared/finetuneRequests'
import type { KeptResult } from '@shared/results'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { client } from '@/client'
import { useAnswer } from '@/composables/useAnswer'
import { useKeptStore } from '@/stores/keptStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { furtherOf, noFurther, typedFurther } from './adaptFurther'
import { emptyTexts, methodTexts, presetTexts, typedMethod, typedNumbers } from './adaptSettings'
import { noSignals, signalsOf, typedSignals } from './adaptSignals'
import { studentOf, useAdaptStudent } from './adaptStudent'
import { useTraining } from './training'

/** What is trained, how, and what came of it. */
export const useAdaptStore = defineStore('adapt', () => {
  const session = useSessionStore()
  const selection = useSelectionStore()
  const kept = useKeptStore()
  const notices = useNoticeStore()

  const student = useAdaptStudent()

  const kind = ref<AdaptKind>('full')
  const texts = ref({ ...emptyTexts, maxTrain: '500', maxTest: '500' })
  const ownTexts = ref<Record<string, string>>({})
  const signals = ref({ ...noSignals })
  const further = ref({ ...noFurther })
  /** Layers whose training was set by hand; it belongs to the method. */
  const layerSchedule = shallowRef<LayerSchedule>([])
  const preset = ref<FinetunePresetName | null>(null)
  /** Labels that are probed along the training. */
  const probeTasks = ref<readonly string[]>([])

  function choose(next: AdaptKind): void {
    void student.choose(null)
    kind.value = next
    ownTexts.value = methodTexts(defaultAdaptation(next))
    layerSchedule.value = []
    preset.value = null
  }
  function choosePreset(name: FinetunePresetName | null): void {
    preset.value = name
    if (name === null) return
    void student.choose(null)
    const { method } = finetunePresets[name].options
    kind.value = method.kind
    ownTexts.value = methodTexts(method)
    layerSchedule.value = []
    texts.value = presetTexts(name, texts.value)
    signals.value = signalsOf(finetunePresets[name].options)
    further.value = furtherOf(finetunePresets[name].options)
  }

  /** Tasks that a model can be trained on. */
  const tasks = computed(() => session.dataset?.tasks ?? [])
  const task = computed(() => tasks.value.find(({ id }) => id === selection.task) ?? tasks.value[0] ?? null)

  /** The request as it is set, or why it cannot be. */
  const request = computed((): { options: CallInput<'finetune.run'> | null; problem: string } => {
    const { model, dataset } = session
    if (!model || !dataset || !task.value) return { options: null, problem: '' }
    const { method, problem } = typedMethod(kind.value, ownTexts.value)
    const { numbers, problem: other } = typedNumbers(texts.value)
    // A model that does not change is kept as it is, and nothing is trained before.
    const changes = adaptKinds[kind.value].trainsModel
    const { train } = dataset.suggested
    const before = typedSignals(changes ? signals.value : noSignals, train)
    const beside = typedFurther(further.value, changes, train)
    const wrong = problem || other || before.problem || beside.problem
    if (!method || wrong) return { options: null, problem: wrong }
    const base: Partial<FinetuneOptions> = preset.value ? finetunePresets[preset.value].options : {}
    return {
      options: {
        ...base,
        ...numbers,
        ...before.options,
        ...beside.options,
        ...probesOf(dataset),
        ...studentOf(kind.value, student.chosen?.id),
        ...(layerSchedule.value.length > 0 && { layerSchedule: layerSchedule.value }),
        modelId: model.id,
        datasetId: dataset.id,
        task: task.value.id,
        trainSplit: dataset.suggested.train,
        testSplit: dataset.suggested.test,
        method,
        seed: numbers.seed ?? 1
      },
      problem: ''
    }
  })
  /** What is probed of the tasks that the data has, where the model changes. */
  function probesOf({ tasks: known, suggested: { train: trainSplit, test: testSplit } }: DatasetInfo) {
    const chosen = probeTasks.value.filter((id) => known.some((one) => one.id === id))
    if (chosen.length === 0 || !adaptKinds[kind.value].trainsModel) return {}
    return { probes: { tasks: [...chosen], trainSplit, testSplit } }
  }
  const requestKey = computed(() => (request.value.options ? JSON.stringify(request.value.options) : null))
  const cost = useAnswer<FinetuneEstimate>(
    () => requestKey.value,
    () => client.call('finetune.estimate', request.value.options!)
  )

  /** Everything of the request but the schedule, whose strip is shown until the changed one is known. */
  const unscheduledKey = computed(() => {
    const { layerSchedule: _, ...unscheduled } = { layerSchedule: null, ...request.value.options }
    return JSON.stringify(unscheduled)
  })
  const lastCost = shallowRef<{ key: string; cost: FinetuneEstimate } | null>(null)
  watch(cost.value, (known) => {
    if (known) lastCost.value = { key: unscheduledKey.value, cost: known }
  })
  /** What is known of what trains when, and the epochs of the task. */
  const strip = computed(() => {
    if (lastCost.value?.key !== unscheduledKey.value) return null
    const epochs = request.value.options?.epochs ?? adaptKinds[kind.value].usual.epochs
    return { cost: lastCost.value.cost, epochs }
  })
  const hasLayerSchedule = computed(() => adaptKinds[kind.value].trainsModel && strip.value?.cost.stages === 1)
  watch(
    () => session.model?.id,
    () => (layerSchedule.value = [])
  )

  const { job, progress, starting, runs, chosen, train, remove, cancel } = useTraining(
    'finetune',
    'The model could not be adapted',
    ({ model, dataset }) => model?.id === session.model?.id && dataset?.id === session.dataset?.id,
    (id, from) => client.call('finetune.progress', { job: id, from })
  )
  /** Every run of the task, newest first. */
  const ofTask = computed(() => runs.value.filter(({ subject }) => subject.task?.id === task.value?.id))
  /** The run shown: the one chosen, or the newest of the task. */
  const shown = computed(() => ofTask.value.find(({ id }) => id === chosen.value) ?? ofTask.value[0] ?? null)
  const result = useAnswer<KeptResult<'finetune'>>(
    () => shown.value?.id ?? null,
    () => kept.read('finetune', shown.value!.id)
  )
  /** The newest runs of the task with their numbers. */
  const compared = useAnswer<KeptResult<'finetune'>[]>(
    () => (ofTask.value.length > 0 ? ofTask.value.map(({ id }) => id).join() : null),
    () => Promise.all(ofTask.value.slice(0, 40).map(({ id }) => kept.read('finetune', id)))
  )

  /** Shows a kept run, and its task with it. */
  function show(id: string): void {
    chosen.value = id
    const shownTask = runs.value.find((kept) => kept.id === id)?.subject.task?.id
    if (shownTask !== undefined && shownTask !== task.value?.id) selectTask(shownTask)
  }
  function selectTask(id: string): void {
    selection.label = null
    selection.task = id
  }

  async function run(): Promise<void> {
    const { options } = request.value
    if (options) await train((jobId) => client.call('finetune.run', { ...options, jobId }))
  }
  /** Ends the run after its present update; it is tested and kept as far as it came. */
  function stop(): void {
    if (job.value)
      void client
        .call('finetune.stop', { job: job.value.id })
        .catch((error: unknown) => notices.fail('The run could not be stopped', error))
  }

  return {
    kind,
    texts,
    ownTexts,
    signals,
    further,
    layerSchedule,
    hasLayerSchedule,
    strip,
    preset,
    probeTasks,
    choose,
    choosePreset,
    tasks,
    task,
    request,
    cost: cost.value,
    costProblem: cost.error,
    starting,
    job,
    progress,
    runs,
    shown,
    chosen,
    result: result.value,
    compared: compared.value,
    show,
    selectTask,
    run,
    remove,
    cancel,
    stop
  }
})
