import type { CallOutput, ProbeOptions } from '@shared/contract'
import type { DatasetInfo } from '@shared/dataset'
import type { JobStatus } from '@shared/jobs'
import { treeTask, type ProbeResult } from '@shared/probe'
import type { ProbeSummary } from '@shared/probeSummary'
import { defaultMethod } from '@shared/probeMethods'
import type { ProbeTask } from '@shared/task'
import { isOfSingleLayers } from '@shared/probeSetUp'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { client } from '@/client'
import { onJobsEnd } from '@/composables/onJobsEnd'
import { moment } from '@/plots/format'
import { useJobStore } from './jobStore'
import { useKeptStore } from './keptStore'
import { useNoticeStore } from './noticeStore'
import { useRegressionStore } from './regressionStore'
import { useSelectionStore } from './selectionStore'
import { useSessionStore } from './sessionStore'
import { useShownRuns, type RunPlace } from './shownRuns'

export type ProbeEstimate = CallOutput<'probe.estimate'>

/** A probe in the engine's queue, whoever requested it. */
export interface RunningProbe {
  jobId: string
  taskTitle: string
  options: Pick<ProbeOptions, 'modelId' | 'datasetId' | 'task'> & Partial<ProbeOptions>
  /** Null before the engine has reported it. */
  job: JobStatus | null
}

export interface RunAllOptions {
  each?: (result: Pick<ProbeResult, 'task'>) => void
  show?: boolean
}

const probeCalls = ['probe.run'] as const

function isProbe({ call }: JobStatus): boolean {
  return probeCalls.some((name) => name === call)
}

/** Words of the first probes: enough for intervals of half a point, few enough for seconds. */
const firstTrainWords = 20_000
const firstTestWords = 10_000

/** Tasks a probe for classes can be trained on, by unit. */
export function probeableTasks(dataset: DatasetInfo | null): ProbeTask[] {
  return dataset?.tasks.filter((task) => task.kind === 'class') ?? []
}

/** Tasks whose label is a number, which ridge regression predicts. */
export function numberTasks(dataset: DatasetInfo | null): ProbeTask[] {
  return dataset?.tasks.filter((task) => task.kind === 'number') ?? []
}

/** Whether a structural probe can be trained: only trees have a direction to the head. */
export function hasTrees(dataset: DatasetInfo | null): boolean {
  return dataset?.labelLayers.some((layer) => layer.id === 'head.direction') ?? false
}

/**
 * Kept probing runs, the ones under way, and the one shown. A run belongs to the open model and data set by their ids.
 * For each task the run stays that was shown first, the newest then, until another is chosen or requested to be shown:
 * runs that other views, windows or commands make do not replace it.
 */
export const useProbeStore = defineStore('probes', () => {
  const session = useSessionStore()
  const selection = useSelectionStore()
  const notices = useNoticeStore()
  const jobs = useJobStore()
  const kept = useKeptStore()
  const regressions = useRegressionStore()

  /** Every kept run, newest first. */
  const runs = shallowRef<readonly ProbeSummary[]>([])
  /** False until the list was read once: nothing is known yet, which is not the same as nothing there. */
  const listed = ref(false)
  const results = shallowRef<ReadonlyMap<string, ProbeResult>>(new Map())
  /** What this window has asked for and the engine has not yet reported. */
  const submitted = shallowRef<readonly RunningProbe[]>([])
  const shownRuns = useShownRuns('probesShown')
  /** A second run drawn beside the shown one of its task. */
  const comparedId = ref<string | null>(null)
  const loading = new Map<string, Promise<ProbeResult | null>>()
  /** Jobs whose answer this window waits for. */
  const mine = new Set<string>()
  /** Runs that could not be read: not requested again until the list changes. */
  const unreadable = new Set<string>()

  const runsHere = computed(() =>
    runs.value.filter((run) => run.modelId === session.model?.id && run.datasetId === session.dataset?.id)
  )

  /** The run shown for each task of the open model and data set, in the order of the data set's tasks. */
  const shown = computed<ReadonlyMap<string, ProbeSummary>>(() => {
    const result = new Map<string, ProbeSummary>()
    for (const { id } of [...(session.dataset?.tasks ?? []), treeTask]) {
      const candidates = runsHere.value.filter((run) => run.task.id === id)
      const chosen = candidates.find((run) => run.id === shownRuns.remembered(placeOf(run))) ?? candidates[0]
      if (chosen) result.set(id, chosen)
    }
    return result
  })

  const current = computed(() => {
    const summary = shown.value.get(selection.task)
    return summary ? (results.value.get(summary.id) ?? null) : null
  })

  /**
   * The run of the chosen task whose scores are those of single layers: the one shown, or where that mixes layers the
   * newest that does not.
   */
  const byLayerSummary = computed(() => {
    const run = shown.value.get(selection.task)
    if (!run || isOfSingleLayers(run.setUp)) return run
    return runsHere.value.find(({ task, setUp }) => task.id === run.task.id && isOfSingleLayers(setUp))
  })
  const byLayer = computed(() => (byLayerSummary.value ? (results.value.get(byLayerSummary.value.id) ?? null) : null))

  const compared = computed(() => {
    const summary = runsHere.value.find((run) => run.id === comparedId.value)
    return summary && shown.value.get(summary.task.id)?.id !== summary.id
      ? (results.value.get(summary.id) ?? null)
      : null
  })

  /** Probes that wait, run or are paused, in the order of the queue. */
  const running = computed<readonly RunningProbe[]>(() => [
    ...jobs.active.filter(isProbe).map((job) => {
      const { model, dataset, task } = job.subject
      const options = {
        ...(job.input as Partial<ProbeOptions> | undefined),
        modelId: model?.id ?? '',
        datasetId: dataset?.id ?? '',
        task: task?.id ?? ''
      }
      return { jobId: job.id, taskTitle: task?.title ?? '', options, job }
    }),
    ...submitted.value.filter(({ jobId }) => !jobs.jobs.has(jobId))
  ])
  const runningHere = computed(() =>
    running.value.filter(
      (probe) => probe.options.modelId === session.model?.id && probe.options.datasetId === session.dataset?.id
    )
  )

  async function refresh(): Promise<void> {
    try {
      runs.value = await client.call('probe.list', {})
      unreadable.clear()
      listed.value = true
    } catch (error) {
      notices.fail('The kept probing runs could not be listed', error)
    }
  }

  /** Reads a run, once; null where that failed, which is then said in a notice. */
  function load(runId: string): Promise<ProbeResult | null> {
    const known = results.value.get(runId)
    if (known) return Promise.resolve(known)
    const under = loading.get(runId)
    if (under) return under
    const promise = kept
      .read('probe', runId)
      .then((result) => keep(result))
      .catch((error: unknown) => {
        unreadable.add(runId)
        notices.fail('A kept probing run could not be read', error)
        return null
      })
      .finally(() => loading.delete(runId))
    loading.set(runId, promise)
    return promise
  }

  function keep(result: ProbeResult): ProbeResult {
    results.value = new Map(results.value).set(result.id, result)
    return result
  }

  /** Settings of a first run of a task on what is open; null while nothing is open or the task cannot be probed. */
  function defaultOptions(task: string): ProbeOptions | null {
    const { model, dataset } = session
    const found = dataset?.tasks.find((candidate) => candidate.id === task)
    if (!model || !dataset || !found) return null
    // Files of labelled sentences are often sorted by label: their beginning says nothing of the rest.
    const part =
      found.unit !== 'sentence'
        ? { maxTrainWords: firstTrainWords, maxTestWords: firstTestWords, draw: 1 }
        : { maxTrainWords: null, maxTestWords: null }
    return {
      modelId: model.id,
      datasetId: dataset.id,
      task,
      trainSplit: dataset.suggested.train,
      testSplit: dataset.suggested.test,
      pool: 'first',
      layers: null,
      ...part,
      control: true,
      conditional: true,
      codelength: false,
      restarts: 1,
      probe: defaultMethod('linear'),
      seed: 1
    }
  }

  function estimate(options: ProbeOptions): Promise<ProbeEstimate> {
    return client.call('probe.estimate', options)
  }

  /**
   * Puts probes of one task or several into the engine's queue, where the first one extracts what the others share. A
   * cancelled or failed one does not hold back the others; what failed is said in a notice.
   * @param each called with every result as it comes
   * @param show whether the new runs take the place of those shown
   * @returns the results, in order, without those that failed or were cancelled
   */
  async function runAll(
    optionsOfTasks: readonly ProbeOptions[],
    { each = () => undefined, show = true }: RunAllOptions = {}
  ): Promise<ProbeResult[]> {
    const probes = optionsOfTasks.map((options) => {
      const taskTitle =
        [...(session.dataset?.tasks ?? []), treeTask].find(({ id }) => id === options.task)?.title ?? options.task
      return { jobId: crypto.randomUUID(), taskTitle, options, job: null }
    })
    submitted.value = [...submitted.value, ...probes]
    const reasons = new Set<string>()
    const results = await Promise.all(
      probes.map(async ({ jobId, taskTitle, options }) => {
        mine.add(jobId)
        try {
          return await ask(options, jobId, each, show)
        } catch (error) {
          // The end of the engine is one failure, whatever was in its queue.
          const reason = error instanceof Error ? error.message : String(error)
          if (!reasons.has(reason)) notices.fail(`${taskTitle} could not be probed`, error)
          reasons.add(reason)
          return null
        } finally {
          mine.delete(jobId)
          submitted.value = submitted.value.filter((other) => other.jobId !== jobId)
        }
      })
    )
    return results.filter((result) => result !== null)
  }

  /** @returns null for a regression, whose results are listed elsewhere */
  async function ask(
    options: ProbeOptions,
    jobId: string,
    each: (result: Pick<ProbeResult, 'task'>) => void,
    show: boolean
  ): Promise<ProbeResult | null> {
    const answer = await client.call('probe.run', { ...options, jobId })
    if (answer.kept) sayKept(answer.task.title, answer.kept.createdAt, options)
    if (answer.resultKind === 'regression') {
      await regressions.added(answer, show)
      each(answer)
      return null
    }
    const result = keep(answer)
    const { model, dataset, task } = result
    await refresh()
    if (show) shownRuns.remember({ modelId: model.id, datasetId: dataset.id, task: task.id }, result.id)
    each(result)
    return result
  }

  /** Nothing was run, because the same was run before. */
  function sayKept(title: string, createdAt: string, options: ProbeOptions): void {
    notices.say(
      `${title}: kept result from ${moment(createdAt)}`,
      'An identical run is already kept, so nothing was computed.',
      { title: 'Run again', run: () => void run({ ...options, fresh: true }) }
    )
  }

  async function run(options: ProbeOptions): Promise<ProbeResult | null> {
    return (await runAll([options]))[0] ?? null
  }

  /** The first launch: probes the named tasks that the data set has and that were never run on what is open. */
  async function runDefaults(tasks: readonly string[]): Promise<void> {
    await Promise.all([listed.value ? undefined : refresh(), jobs.listed ? undefined : jobs.load()])
    if (!listed.value || !jobs.listed) return
    const missing = tasks.filter(
      (task) => !shown.value.has(task) && !runningHere.value.some((probe) => probe.options.task === task)
    )
    await runAll(missing.flatMap((task) => defaultOptions(task) ?? []))
  }

  /** Shows a kept run for its task. */
  function show(runId: string): void {
    const run = runs.value.find((candidate) => candidate.id === runId)
    if (!run) return
    shownRuns.remember(placeOf(run), runId)
    if (comparedId.value === runId) comparedId.value = null
    selection.task = run.task.id
  }

  /** Draws a second run beside the shown one of its task; null for none. */
  function compare(runId: string | null): void {
    comparedId.value = runId
  }

  async function remove(runId: string): Promise<void> {
    try {
      await kept.remove([runId])
    } catch (error) {
      notices.fail('The probing run could not be deleted', error)
      return
    }
    const left = new Map(results.value)
    left.delete(runId)
    results.value = left
    if (comparedId.value === runId) comparedId.value = null
    runs.value = runs.value.filter((run) => run.id !== runId)
  }

  // Runs are listed once model and data are open, and again after the engine came back.
  watch(
    [() => session.model?.id, () => session.dataset?.id, () => session.engine.restarts],
    ([model, dataset]) => {
      if (model !== undefined && dataset !== undefined) void refresh()
    },
    { immediate: true }
  )

  // The end of a probe that this window does not wait for: its result is among the kept runs now.
  onJobsEnd(probeCalls, (ended) => {
    if (ended.some(({ id, state }) => state === 'done' && !mine.has(id))) void refresh()
  })

  shownRuns.follow(computed(() => [...shown.value.values()].map((run) => ({ ...placeOf(run), id: run.id }))))

  // What is to be shown is read as soon as it is known.
  watch([shown, byLayerSummary, comparedId, runsHere], () => {
    const wanted = [...new Set([...shown.value.values(), ...(byLayerSummary.value ? [byLayerSummary.value] : [])])].map(
      (run) => run.id
    )
    if (comparedId.value !== null && runsHere.value.some((run) => run.id === comparedId.value))
      wanted.push(comparedId.value)
    for (const id of wanted) if (!unreadable.has(id)) void load(id)
  })

  return {
    runs,
    listed,
    results,
    running,
    runsHere,
    runningHere,
    shown,
    current,
    byLayer,
    comparedId,
    compared,
    refresh,
    load,
    defaultOptions,
    estimate,
    run,
    runAll,
    runDefaults,
    show,
    compare,
    remove
  }
})

function placeOf({ modelId, datasetId, task }: ProbeSummary): RunPlace {
  return { modelId, datasetId, task: task.id }
}
