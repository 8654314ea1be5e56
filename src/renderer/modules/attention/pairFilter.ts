import type { AttentionUnit } from '@/plots/attentionMap'

/** Which links of a pair of sentences are shown, by the sentences of the query and of the key. */
export type PairFilter = 'all' | 'AA' | 'AB' | 'BA' | 'BB'

export const pairFilters: readonly { value: PairFilter; title: string; hint: string }[] = [
  { value: 'all', title: 'All', hint: 'Links within and between both sentences' },
  { value: 'AA', title: 'A→A', hint: 'From words of the first sentence to words of the first' },
  { value: 'AB', title: 'A→B', hint: 'From words of the first sentence to words of the second' },
  { value: 'BA', title: 'B→A', hint: 'From words of the second sentence to words of the first' },
  { value: 'BB', title: 'B→B', hint: 'From words of the second sentence to words of the second' }
]

/**
 * Whether a unit may be a query and may be a key; null where everything is shown, as in a single sentence. Special
 * tokens belong to neither sentence.
 */
export function pairLinks(
  units: readonly Pick<AttentionUnit, 'part'>[],
  filter: PairFilter
): { query: readonly boolean[]; key: readonly boolean[] } | null {
  if (filter === 'all' || !units.some(({ part }) => part === 1)) return null
  const of = (letter: string): boolean[] => units.map(({ part }) => part === (letter === 'A' ? 0 : 1))
  return { query: of(filter[0]!), key: of(filter[1]!) }
}
