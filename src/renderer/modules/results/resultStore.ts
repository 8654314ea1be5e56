import { mentions, resultTitles, type ListedResult, type ResultKindId } from '@shared/results'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { client } from '@/client'
import { useJobStore } from '@/stores/jobStore'
import { useKeptStore } from '@/stores/keptStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useProbeStore } from '@/stores/probeStore'
import { titleOf } from './resultWords'

/** More lines than these nobody can tell apart. */
export const mostCompared = 6

/** Everything that is kept, whatever model and data are open, and the results that are compared. */
export const useResultStore = defineStore('results', () => {
  const kept = useKeptStore()
  const probes = useProbeStore()
  const jobs = useJobStore()
  const notices = useNoticeStore()

  /** Newest first. */
  const results = computed({ get: () => kept.results, set: (next) => (kept.results = next) })
  const listed = computed(() => kept.listed)
  const filter = ref('')
  /** What the view shows. */
  const part = ref<'results' | 'report'>('results')
  /** Results of one kind alone; 'all' leaves out those that pass while somebody looks around. */
  const kind = ref<ResultKindId | 'all'>('all')
  /** In the order they were chosen. */
  const chosenIds = ref<readonly string[]>([])
  /** Deleted last, and can be taken back. */
  const deleted = shallowRef<readonly ListedResult[]>([])

  /** What a list of all kinds shows. */
  const lasting = computed(() => results.value.filter(({ passing, name }) => !passing || name !== ''))
  const shown = computed(() =>
    (kind.value === 'all' ? lasting.value : results.value.filter((result) => result.kind === kind.value)).filter(
      (result) => mentions(result, filter.value)
    )
  )
  /** Kinds that there are results of. */
  const kinds = computed(() =>
    (Object.keys(resultTitles) as ResultKindId[]).filter((id) => results.value.some((result) => result.kind === id))
  )
  const chosen = computed(() => chosenIds.value.flatMap((id) => results.value.find((result) => result.id === id) ?? []))

  function toggle(id: string): void {
    chosenIds.value = chosenIds.value.includes(id)
      ? chosenIds.value.filter((other) => other !== id)
      : [...chosenIds.value, id]
  }

  /** What is shown, or nothing where all of it is chosen already. */
  function toggleAll(): void {
    const ids = shown.value.map(({ id }) => id)
    chosenIds.value = ids.every((id) => chosenIds.value.includes(id)) ? [] : ids
  }

  async function rename(id: string, name: string): Promise<void> {
    const before = results.value
    results.value = before.map((result) => (result.id === id ? { ...result, name: name.trim() } : result))
    try {
      await client.call('results.rename', { id, name })
    } catch (error) {
      results.value = before
      notices.fail('The result could not be named', error)
    }
  }

  /** Whether the queue has it, whoever asked for it. */
  function isRerunning(id: string): boolean {
    return jobs.active.some(({ call, input }) => call === 'results.rerun' && input?.id === id)
  }

  /** Runs a result again, keeps the new one beside it, and says whether the numbers are the same. */
  async function rerun(result: ListedResult): Promise<void> {
    const title = result.name || titleOf(result)
    try {
      const { id, differences } = await client.call('results.rerun', { id: result.id, jobId: crypto.randomUUID() })
      await Promise.all([kept.refresh(), probes.refresh()])
      const compare = { title: 'Compare', run: () => (chosenIds.value = [result.id, id]) }
      if (differences === 0) {
        notices.say(`${title}: the same again`, 'Every number is the same, to the bit.', compare)
        return
      }
      const count = differences === 1 ? '1 number differs' : `${differences} numbers differ`
      const then = result.compute
      const now = results.value.find((line) => line.id === id)?.compute
      const same = then && now && then.backend === now.backend && then.version === now.version
      const reason = same ? '' : ' Equal bits can be expected only from the same backend and version.'
      notices.add('warning', `${title}: ${count}`, `The new result is kept beside the first.${reason}`, compare)
    } catch (error) {
      notices.fail('The result could not be run again', error)
    }
  }

  async function remove(ids: readonly string[]): Promise<void> {
    const gone = results.value.filter(({ id }) => ids.includes(id))
    try {
      await client.call('results.delete', { ids: [...ids] })
      deleted.value = gone
      chosenIds.value = chosenIds.value.filter((id) => !ids.includes(id))
    } catch (error) {
      notices.fail('The results could not be deleted', error)
    }
    await Promise.all([kept.refresh(), probes.refresh()])
  }

  async function restore(): Promise<void> {
    const ids = deleted.value.map(({ id }) => id)
    deleted.value = []
    try {
      await client.call('results.restore', { ids })
    } catch (error) {
      notices.fail('The results could not be taken back', error)
    }
    await Promise.all([kept.refresh(), probes.refresh()])
  }

  return {
    results,
    listed,
    filter,
    part,
    kind,
    kinds,
    lasting,
    shown,
    chosenIds,
    chosen,
    deleted,
    refresh: kept.refresh,
    toggle,
    toggleAll,
    rename,
    isRerunning,
    rerun,
    remove,
    restore
  }
})
