import type { SentenceMatch } from '@shared/dataset'
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import { client } from '@/client'
import { useNoticeStore } from '@/stores/noticeStore'

export interface PageRequest {
  datasetId: string
  split: string
  query: string
  filter: { layer: string; value: string } | null
  /** Only sentences with one of these words of the split. */
  words?: number[]
  layers: string[]
  /** Changes when the engine came back: what was fetched may be requested again. */
  epoch: number
}

export const pageSize = 100

/**
 * The sentences that a search finds, fetched page by page as they are looked at. While a new search is under way the
 * old list stays, so that typing does not make the list blink.
 */
export function useSentencePages(request: () => PageRequest | null): {
  total: Ref<number | null>
  /** True while what is shown belongs to an older search. */
  stale: ComputedRef<boolean>
  error: Ref<string | null>
  at: (position: number) => SentenceMatch | undefined
  need: (first: number, last: number) => void
} {
  const notices = useNoticeStore()
  const pages = shallowRef<ReadonlyMap<number, SentenceMatch[]>>(new Map())
  const total = ref<number | null>(null)
  const error = ref<string | null>(null)
  const shownKey = ref('')
  const wantedKey = computed(() => JSON.stringify(request()))
  const stale = computed(() => shownKey.value !== wantedKey.value)
  const asked = new Set<number>()
  /** Positions that are looked at: a list that is scrolled stays so while another answer takes its place. */
  let looked: [first: number, last: number] = [0, 0]
  let ended = false

  async function fetchPage(page: number): Promise<void> {
    const input = request()
    if (!input || asked.has(page)) return
    const key = wantedKey.value
    asked.add(page)
    const { epoch: _epoch, ...query } = input
    try {
      const answer = await client.call('dataset.page', { ...query, offset: page * pageSize, limit: pageSize })
      if (ended || key !== wantedKey.value) return
      pages.value =
        shownKey.value === key ? new Map(pages.value).set(page, answer.rows) : new Map([[page, answer.rows]])
      shownKey.value = key
      total.value = answer.total
      error.value = null
      fetchLooked()
    } catch (failure) {
      if (ended || key !== wantedKey.value) return
      asked.delete(page)
      error.value = failure instanceof Error ? failure.message : String(failure)
      if (!(failure instanceof Error && failure.name === 'UserError'))
        notices.fail('The sentences could not be listed', failure)
    }
  }

  /** The pages of what is looked at, as far as they were not asked for. */
  function fetchLooked(): void {
    const [first, last] = looked
    const end = Math.min(last, (total.value ?? 1) - 1)
    for (let page = Math.floor(first / pageSize); page <= Math.floor(end / pageSize); page++) void fetchPage(page)
  }

  watch(
    wantedKey,
    () => {
      asked.clear()
      if (request()) void fetchPage(0)
      else {
        pages.value = new Map()
        total.value = null
      }
    },
    { immediate: true }
  )
  onScopeDispose(() => (ended = true))

  return {
    total,
    stale,
    error,
    at: (position) => pages.value.get(Math.floor(position / pageSize))?.[position % pageSize],
    need(first, last) {
      looked = [first, last]
      if (!stale.value) fetchLooked()
    }
  }
}
