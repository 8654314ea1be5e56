import type { ProbeOptions } from '@shared/contract'
import type { ProbeResult } from '@shared/probe'
import type { ProbeSummary } from '@shared/probeSummary'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { useAnswer } from '@/composables/useAnswer'
import { Superseded, useLatest } from '@/composables/useLatest'
import { probeableTasks, useProbeStore, type ProbeEstimate } from '@/stores/probeStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { settingsOf } from '@/setup/settingsOf'
import type { ProbeSettings, TotalCost } from '@/setup/setupOptions'
import { useCompareModels } from './compareModels'
import type { ModelRun } from './curves'

/** Words taken of a text without labels. */
const unlabelledWords = 10_000

/** What two runs have to share so that their models can be compared. */
const settingNames = [
  'trainSplit',
  'testSplit',
  'pool',
  'maxTrainWords',
  'maxTestWords',
  'draw',
  'seed',
  'restarts',
  'probe',
  'tune'
] as const
const answering = ['datasetId', 'task', 'span', ...settingNames] as const

/** A probe is an object: two with equal settings are the same. */
function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/** Whether a kept run answers what these options ask; one with a control task, or codelengths, has more than enough. */
export function answers(result: ProbeResult, options: ProbeOptions, layers: number): boolean {
  const has = settingsOf(result)
  const equal = settingNames.every((name) => same(has[name], options[name]))
  return (
    equal &&
    (has.span ?? 'mean') === (options.span ?? 'mean') &&
    (has.seeds ?? 1) === (options.seeds ?? 1) &&
    (has.control || !options.control) &&
    (!options.codelength || has.codelength === options.codelength) &&
    result.layers.length === layers + 1
  )
}

/** The probing runs of the compared models on one task with equal settings: kept ones, and what is missing. */
export const useCompareRuns = defineStore('compareRuns', () => {
  const session = useSessionStore()
  const selection = useSelectionStore()
  const probes = useProbeStore()
  const compared = useCompareModels()

  /** Set by hand, for the open data set; otherwise what the open model was probed with, or the defaults. */
  const chosen = ref<ProbeSettings | null>(null)
  watch(
    () => session.dataset?.id,
    () => (chosen.value = null)
  )

  const task = computed(() => {
    const tasks = probeableTasks(session.dataset)
    return tasks.find(({ id }) => id === selection.task) ?? tasks[0] ?? null
  })
  const settings = computed<ProbeSettings | null>(() => {
    return chosen.value ?? (task.value ? settingsFor(task.value.id) : null)
  })
  /** What the open model was probed with for a task, or the defaults. */
  function settingsFor(id: string): ProbeSettings | null {
    const kept = probes.shown.get(id)
    const result = kept ? probes.results.get(kept.id) : undefined
    if (result) return settingsOf(result)
    const usual = probes.defaultOptions(id)
    if (!usual) return null
    const { modelId: _model, datasetId: _dataset, task: _task, layers: _layers, ...rest } = usual
    return rest
  }
  /**
   * The words layers are compared over: those probes are tested on; where nothing can be probed, words drawn from
   * the part that would be.
   */
  const text = computed(() => {
    const { dataset } = session
    if (!dataset) return null
    const use = settings.value
    return use
      ? {
          datasetId: dataset.id,
          split: use.testSplit,
          pool: use.pool,
          maxWords: use.maxTestWords,
          ...(use.draw === undefined ? {} : { draw: use.draw })
        }
      : {
          datasetId: dataset.id,
          split: dataset.suggested.test,
          pool: 'first' as const,
          maxWords: unlabelledWords,
          draw: 1
        }
  })
  function optionsOf(modelId: string): ProbeOptions | null {
    if (!settings.value || !task.value || !session.dataset) return null
    return { ...settings.value, modelId, datasetId: session.dataset.id, task: task.value.id, layers: null }
  }

  const found = shallowRef<ReadonlyMap<string, ProbeResult>>(new Map())
  /** False while kept runs are still being looked through. */
  const known = ref(false)
  const latest = useLatest()
  watch(
    [() => compared.models, settings, task, () => probes.runs, () => probes.listed],
    async () => {
      if (!probes.listed) return
      try {
        const pairs = await latest(
          Promise.all(compared.models.map(async ({ id, layers }) => [id, await answerOf(id, layers)] as const))
        )
        found.value = new Map(pairs.flatMap(([id, result]) => (result ? [[id, result]] : [])))
        known.value = true
      } catch (error) {
        if (!(error instanceof Superseded)) throw error
      }
    },
    { immediate: true }
  )

  function answerOf(modelId: string, layers: number): Promise<ProbeResult | null> {
    const options = optionsOf(modelId)
    return options ? find(options, layers) : Promise.resolve(null)
  }
  /** The newest kept run that answers what is asked. @param layers those of the model */
  async function find(options: ProbeOptions, layers: number): Promise<ProbeResult | null> {
    const might = ({ setUp, ...run }: ProbeSummary): boolean =>
      run.modelId === options.modelId &&
      run.datasetId === options.datasetId &&
      run.task.id === options.task &&
      setUp.pool === options.pool &&
      setUp.dataset.trainSplit === options.trainSplit &&
      setUp.dataset.testSplit === options.testSplit
    for (const run of probes.runs.filter(might)) {
      const result = await probes.load(run.id)
      if (result && answers(result, options, layers)) return result
    }
    return null
  }

  const runs = computed<ModelRun[]>(() =>
    compared.models.flatMap((model) => {
      const result = found.value.get(model.id)
      return result ? [{ model, result }] : []
    })
  )
  /** Running probes that will answer; one with other settings, a first launch's for example, will not. */
  const running = computed(() =>
    probes.running.filter(({ options }) => {
      const wanted = compared.models.some(({ id }) => id === options.modelId) ? optionsOf(options.modelId) : null
      return (
        wanted !== null && answering.every((name) => options[name] === undefined || same(options[name], wanted[name]))
      )
    })
  )
  const missing = computed(() =>
    known.value
      ? compared.models.filter(
          ({ id }) => !found.value.has(id) && !running.value.some(({ options }) => options.modelId === id)
        )
      : []
  )

  const asked = computed(() => missing.value.flatMap(({ id }) => optionsOf(id) ?? []))
  // By content: every report of a running probe makes a new array of the same options.
  const estimate = useAnswer(
    () => (asked.value.length > 0 ? JSON.stringify(asked.value) : null),
    async () => added(await Promise.all(asked.value.map((one) => probes.estimate(one))))
  )
  const cost = computed<TotalCost | null>(() => estimate.value.value)
  /** Why the cost is not known, as a sentence. */
  const problem = computed(() => estimate.error.value ?? '')

  async function runMissing(): Promise<void> {
    // The Probes view goes on showing what it shows.
    await probes.runAll(asked.value, { show: false })
  }

  return {
    settingsFor,
    find,
    task,
    settings,
    text,
    chosen,
    runs,
    running,
    missing,
    known,
    cost,
    problem,
    optionsOf,
    runMissing
  }
})

/** Costs of several models one after the other: times and disk add up, memory is that of the largest. */
export function added(estimates: readonly ProbeEstimate[]): TotalCost | null {
  const first = estimates[0]
  if (!first) return null
  const sum = (of: (one: (typeof estimates)[number]) => number): number =>
    estimates.reduce((total, one) => total + of(one), 0)
  return {
    extract: { ...first.extract, cached: estimates.every((one) => one.extract.cached) },
    seconds: sum((one) => one.seconds),
    memoryBytes: Math.max(...estimates.map((one) => one.memoryBytes)),
    diskBytes: sum((one) => one.diskBytes)
  }
}
