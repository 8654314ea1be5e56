import type { HeadTable } from '@shared/ablation'
import type { HeadPattern, HeadScores } from './headScores'

const titles: Record<Exclude<HeadPattern, `relation:${string}`>, string> = {
  previous: 'Token before',
  next: 'Token after',
  current: 'Itself',
  positional: 'One fixed distance',
  sameToken: 'Same token elsewhere',
  induction: 'After an earlier copy',
  repeated: 'After an earlier copy, random tokens',
  separator: 'Special tokens',
  treeHead: 'Its head in the tree',
  treeDependent: 'Its dependents in the tree'
}

/** Rarer relations say little about a head. */
const fewest = 50

/**
 * Scores of heads as the window and the command line show them: the patterns, then the dependency relations, most
 * frequent first.
 */
export function headTable({ layers, heads, scores, queries, relationBaselines }: HeadScores, words: number): HeadTable {
  const row = (id: HeadPattern, title: string, baseline: number | null): HeadTable['patterns'][number] => ({
    id,
    title,
    queries: queries.get(id) ?? 0,
    baseline,
    scores: [...(scores.get(id) ?? [])]
  })
  const patterns = (Object.keys(titles) as (keyof typeof titles)[])
    .map((id) => row(id, titles[id], null))
    .filter(({ id, queries }) => queries > 0 || !(id === 'repeated' || id.startsWith('tree')))
  const relations = [...relationBaselines]
    .map(([relation, baseline]) => row(`relation:${relation}`, relation, baseline))
    .filter((entry) => entry.queries >= fewest)
    .sort((a, b) => b.queries - a.queries)
  return { layers, heads, words, patterns: [...patterns, ...relations] }
}
