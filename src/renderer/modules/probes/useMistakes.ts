import type { ProbeErrorRow } from '@shared/probe'
import { ref, shallowRef, toValue, watch, type MaybeRefOrGetter, type Ref, type ShallowRef } from 'vue'
import { client } from '@/client'

export interface MistakeQuery {
  runId: string
  layer: number
  gold: string | null
  predicted: string | null
}

export interface Mistakes {
  /** How many there are in all; null until the first page is there. */
  total: Ref<number | null>
  /** By their place in the list, most confident first; gaps have not been fetched. */
  rows: ShallowRef<ReadonlyMap<number, ProbeErrorRow>>
  /** Why they could not be read, as a sentence. */
  failure: Ref<string>
  /** Fetches what is missing of the places `first` to `last`. */
  need(first: number, last: number): void
}

const pageSize = 100

/** The words a probe got wrong, fetched page by page as they come into view. */
export function useMistakes(query: MaybeRefOrGetter<MistakeQuery | null>): Mistakes {
  const total = ref<number | null>(null)
  const rows = shallowRef<ReadonlyMap<number, ProbeErrorRow>>(new Map())
  const failure = ref('')
  let generation = 0
  let asked = new Set<number>()

  async function fetchPage(page: number): Promise<void> {
    const now = toValue(query)
    if (!now || asked.has(page)) return
    asked.add(page)
    const mine = generation
    try {
      const answer = await client.call('probe.errors', { ...now, offset: page * pageSize, limit: pageSize })
      if (mine !== generation) return
      const next = new Map(rows.value)
      answer.rows.forEach((row, index) => next.set(page * pageSize + index, row))
      rows.value = next
      total.value = answer.total
    } catch (error) {
      if (mine !== generation) return
      failure.value = error instanceof Error ? error.message : String(error)
    }
  }

  watch(
    () => JSON.stringify(toValue(query)),
    () => {
      generation++
      asked = new Set()
      rows.value = new Map()
      total.value = null
      failure.value = ''
      void fetchPage(0)
    },
    { immediate: true }
  )

  function need(first: number, last: number): void {
    for (let page = Math.floor(first / pageSize); page <= Math.floor(last / pageSize); page++) void fetchPage(page)
  }
  return { total, rows, failure, need }
}

/** Every mistake of a query, for export. */
export async function allMistakes(query: MistakeQuery): Promise<ProbeErrorRow[]> {
  const rows: ProbeErrorRow[] = []
  for (;;) {
    const answer = await client.call('probe.errors', { ...query, offset: rows.length, limit: 500 })
    rows.push(...answer.rows)
    if (rows.length >= answer.total || answer.rows.length === 0) return rows
  }
}
