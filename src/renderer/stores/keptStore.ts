import type { KeptResult, ListedResult, ResultKindId } from '@shared/results'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch, type ComputedRef } from 'vue'
import { client } from '@/client'
import { useJobStore } from './jobStore'
import { useNoticeStore } from './noticeStore'
import { useSessionStore } from './sessionStore'

/** Results that stay in memory; those not looked at for longest make room. */
const readKept = 200

/** Everything that is kept, of every kind, whatever model and data are open. */
export const useKeptStore = defineStore('kept', () => {
  const session = useSessionStore()
  const jobs = useJobStore()
  const notices = useNoticeStore()

  /** Newest first. */
  const results = shallowRef<readonly ListedResult[]>([])
  /** False until the list was read once: nothing is known yet, which is not the same as nothing there. */
  const listed = ref(false)
  const loaded = new Map<string, Promise<KeptResult<ResultKindId>>>()

  async function refresh(): Promise<void> {
    try {
      results.value = await client.call('results.list', {})
      listed.value = true
    } catch (error) {
      notices.fail('The kept results could not be listed', error)
    }
  }

  /** A result with its numbers, which never change: read once. @throws UserError where it is not kept any more */
  function read<K extends ResultKindId>(_kind: K, id: string): Promise<KeptResult<K>> {
    const known = loaded.get(id) ?? client.call('results.read', { id }).then(({ result }) => result)
    loaded.delete(id)
    loaded.set(id, known)
    if (loaded.size > readKept) loaded.delete(loaded.keys().next().value!)
    // What failed is requested again.
    known.catch(() => loaded.delete(id))
    return known as Promise<unknown> as Promise<KeptResult<K>>
  }

  /** Moves results to where `restore` finds them for a day. @throws UserError where that fails */
  async function remove(ids: readonly string[]): Promise<void> {
    try {
      await client.call('results.delete', { ids: [...ids] })
    } finally {
      await refresh()
    }
  }

  watch([() => session.model?.id, () => session.dataset?.id, () => session.engine.restarts], () => void refresh(), {
    immediate: true
  })
  // A job of the queue that ended, here or in another window, may have left a result.
  watch(
    () => jobs.jobs,
    (now, before) => {
      const ended = [...now.values()].some(
        (job) => job.queued && job.state === 'done' && before.get(job.id)?.state !== 'done'
      )
      if (ended) void refresh()
    }
  )

  return { results, listed, refresh, read, remove }
})

/**
 * Kept results of a kind, newest first.
 * @param here whether of the open model and data set alone
 */
export function useKept(kind: ResultKindId, here: boolean): ComputedRef<ListedResult[]> {
  const kept = useKeptStore()
  const session = useSessionStore()
  return computed(() =>
    kept.results.filter(
      ({ kind: keptKind, subject: { model, data } }) =>
        keptKind === kind && (!here || (model.id === session.model?.id && data.id === session.dataset?.id))
    )
  )
}
