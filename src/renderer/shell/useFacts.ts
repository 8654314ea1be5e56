import type { Cost } from '@shared/cost'
import type { ResultKindId, Results } from '@shared/results'
import { shallowReactive, watch } from 'vue'
import type { CostRequest } from '@/actions/action'
import { client } from '@/client'
import { useKeptStore } from '@/stores/keptStore'

/** What is known of the work that an entry of the palette starts. */
export interface Fact {
  /** Null where it cannot be predicted. */
  cost: Cost | null
  /** The answer in the kept result. */
  answer?: string
}

/** A question or an action, as far as it starts work. */
export interface Costly {
  cost?: (() => CostRequest | null) | undefined
  /** The answer in the kept result of the same work. */
  answerIn?: ((result: Results[ResultKindId]) => string) | undefined
}

const keyOf = (request: CostRequest): string => JSON.stringify(request)

/**
 * What the entries in view would take, and what kept results answer: requested one after another while `isOpen`, the
 * first entries first.
 */
export function useFacts(entries: () => readonly Costly[], isOpen: () => boolean): (entry: Costly) => Fact | null {
  const kept = useKeptStore()
  const facts = shallowReactive(new Map<string, Fact>())
  let asking = false

  async function find(request: CostRequest, { answerIn }: Costly): Promise<Fact> {
    const cost = await client.call('cost.estimate', { ...request }).catch(() => null)
    if (!cost?.kept || !answerIn) return { cost }
    const { result } = await client.call('results.read', { id: cost.kept })
    return { cost, answer: answerIn(result) }
  }
  async function askAll(): Promise<void> {
    if (asking) return
    asking = true
    try {
      for (;;) {
        const next = entries().find((entry) => entry.cost?.() && !facts.has(keyOf(entry.cost()!)))
        if (!next || !isOpen()) return
        const request = next.cost!()!
        facts.set(keyOf(request), await find(request, next).catch(() => ({ cost: null })))
      }
    } finally {
      asking = false
    }
  }
  // What is kept now may not have been when it was looked for.
  watch(
    () => kept.results,
    () => facts.clear()
  )
  watch([entries, isOpen], () => void (isOpen() && askAll()), { immediate: true })
  return (entry) => {
    const request = entry.cost?.()
    return request ? (facts.get(keyOf(request)) ?? null) : null
  }
}
