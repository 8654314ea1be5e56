import type { RegressionResult } from '@shared/regression'
import type { ListedResult } from '@shared/results'
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { useKept, useKeptStore } from './keptStore'
import { useNoticeStore } from './noticeStore'
import { useSessionStore } from './sessionStore'
import { useShownRuns, type RunPlace } from './shownRuns'

/** Kept regressions of the open model and data set; for each task the one shown, as for probes. */
export const useRegressionStore = defineStore('regressions', () => {
  const session = useSessionStore()
  const notices = useNoticeStore()
  const kept = useKeptStore()

  const runs = useKept('regression', false)
  const runsHere = useKept('regression', true)
  const results = shallowRef<ReadonlyMap<string, RegressionResult>>(new Map())
  const shownRuns = useShownRuns('regressionsShown')

  const shown = computed<ReadonlyMap<string, ListedResult>>(() => {
    const result = new Map<string, ListedResult>()
    for (const { id } of session.dataset?.tasks ?? []) {
      const candidates = runsHere.value.filter((run) => run.subject.task?.id === id)
      const run =
        candidates.find((candidate) => candidate.id === shownRuns.remembered(placeOf(candidate))) ?? candidates[0]
      if (run) result.set(id, run)
    }
    return result
  })

  function keep(result: RegressionResult): void {
    results.value = new Map(results.value).set(result.id, result)
  }
  /** Shows a kept run for its task. */
  function show(runId: string): void {
    const run = runs.value.find((candidate) => candidate.id === runId)
    if (run) shownRuns.remember(placeOf(run), runId)
  }
  async function remove(runId: string): Promise<void> {
    try {
      await kept.remove([runId])
    } catch (error) {
      notices.fail('The regression could not be deleted', error)
    }
  }
  /** @param show whether the new run takes the place of the one shown */
  async function added(result: RegressionResult, show: boolean): Promise<void> {
    keep(result)
    const { model, dataset, task } = result
    await kept.refresh()
    if (show) shownRuns.remember({ modelId: model.id, datasetId: dataset.id, task: task.id }, result.id)
  }

  shownRuns.follow(computed(() => [...shown.value.values()].map((run) => ({ ...placeOf(run), id: run.id }))))

  watch(
    shown,
    async (wanted) => {
      for (const { id } of wanted.values()) {
        if (results.value.has(id)) continue
        try {
          keep(await kept.read('regression', id))
        } catch (error) {
          notices.fail('A kept regression could not be read', error)
        }
      }
    },
    { immediate: true }
  )

  return { runs, results, runsHere, shown, refresh: kept.refresh, show, remove, added }
})

function placeOf({ subject: { model, data, task } }: ListedResult): RunPlace {
  return { modelId: model.id, datasetId: data.id, task: task?.id ?? '' }
}
