import type { KeptSummary } from '@shared/kept'
import type { RegressionResult } from '@shared/regression'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { client } from '@/client'
import { onJobsEnd } from '@/composables/onJobsEnd'
import { useNoticeStore } from './noticeStore'
import { useSessionStore } from './sessionStore'

/** Kept regressions of the open model and data set: for each task the newest one, unless another was chosen. */
export const useRegressionStore = defineStore('regressions', () => {
  const session = useSessionStore()
  const notices = useNoticeStore()

  const runs = shallowRef<readonly KeptSummary[]>([])
  const results = shallowRef<ReadonlyMap<string, RegressionResult>>(new Map())
  /** Runs chosen by hand, by task. */
  const pinned = ref<Record<string, string>>({})

  const runsHere = computed(() =>
    runs.value.filter((run) => run.model.id === session.model?.id && run.dataset.id === session.dataset?.id)
  )
  const shown = computed<ReadonlyMap<string, KeptSummary>>(() => {
    const result = new Map<string, KeptSummary>()
    for (const { id } of session.dataset?.tasks ?? []) {
      const candidates = runsHere.value.filter((run) => run.task.id === id)
      const run = candidates.find((candidate) => candidate.id === pinned.value[id]) ?? candidates[0]
      if (run) result.set(id, run)
    }
    return result
  })

  async function refresh(): Promise<void> {
    try {
      runs.value = (await client.call('results.list', {})).filter((run) => run.kind === 'regression')
    } catch (error) {
      notices.fail('The kept regressions could not be listed', error)
    }
  }
  function keep(result: RegressionResult): void {
    results.value = new Map(results.value).set(result.id, result)
  }
  /** Shows a kept run for its task. */
  function show(runId: string): void {
    const run = runs.value.find((candidate) => candidate.id === runId)
    if (run) pinned.value = { ...pinned.value, [run.task.id]: runId }
  }
  async function remove(runId: string): Promise<void> {
    try {
      await client.call('results.delete', { ids: [runId] })
    } catch (error) {
      notices.fail('The regression could not be deleted', error)
    }
    await refresh()
  }
  /** A new run takes the place of the one that was chosen before. */
  async function added(result: RegressionResult): Promise<void> {
    keep(result)
    const { [result.task.id]: _before, ...others } = pinned.value
    pinned.value = others
    await refresh()
  }

  watch(
    [() => session.model?.id, () => session.dataset?.id, () => session.engine.restarts],
    ([model, dataset]) => {
      if (model !== undefined && dataset !== undefined) void refresh()
    },
    { immediate: true }
  )
  // The end of one that another window started.
  onJobsEnd(['probe.regress'], () => void refresh())
  watch(
    shown,
    async (wanted) => {
      for (const { id } of wanted.values()) {
        if (results.value.has(id)) continue
        try {
          keep(await client.call('probe.regression', { runId: id }))
        } catch (error) {
          notices.fail('A kept regression could not be read', error)
        }
      }
    },
    { immediate: true }
  )

  return { runs, results, runsHere, shown, refresh, show, remove, added }
})
