import type { RegressionResult } from '@shared/regression'
import type { ListedResult } from '@shared/results'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { useKept, useKeptStore } from './keptStore'
import { useNoticeStore } from './noticeStore'
import { useSessionStore } from './sessionStore'

/** Kept regressions of the open model and data set: for each task the newest one, unless another was chosen. */
export const useRegressionStore = defineStore('regressions', () => {
  const session = useSessionStore()
  const notices = useNoticeStore()
  const kept = useKeptStore()

  const runs = useKept('regression', false)
  const runsHere = useKept('regression', true)
  const results = shallowRef<ReadonlyMap<string, RegressionResult>>(new Map())
  /** Runs chosen by hand, by task. */
  const pinned = ref<Record<string, string>>({})

  const shown = computed<ReadonlyMap<string, ListedResult>>(() => {
    const result = new Map<string, ListedResult>()
    for (const { id } of session.dataset?.tasks ?? []) {
      const candidates = runsHere.value.filter((run) => run.subject.task?.id === id)
      const run = candidates.find((candidate) => candidate.id === pinned.value[id]) ?? candidates[0]
      if (run) result.set(id, run)
    }
    return result
  })

  function keep(result: RegressionResult): void {
    results.value = new Map(results.value).set(result.id, result)
  }
  /** Shows a kept run for its task. */
  function show(runId: string): void {
    const task = runs.value.find((candidate) => candidate.id === runId)?.subject.task
    if (task) pinned.value = { ...pinned.value, [task.id]: runId }
  }
  async function remove(runId: string): Promise<void> {
    try {
      await kept.remove([runId])
    } catch (error) {
      notices.fail('The regression could not be deleted', error)
    }
  }
  /** A new run takes the place of the one that was chosen before. */
  async function added(result: RegressionResult): Promise<void> {
    keep(result)
    const { [result.task.id]: _before, ...others } = pinned.value
    pinned.value = others
    await kept.refresh()
  }

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
