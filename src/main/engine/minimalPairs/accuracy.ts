import type { ClozeScore, PairShare, ParadigmScore } from '@shared/minimalPairs'
import type { Ends } from '@shared/probe'
import type { MinimalPair } from './minimalPair'
import type { ParadigmScores } from './scoreCache'

/**
 * Accuracy by paradigm in the order of the data, and over all pairs. @param scores of both sentences of every pair in
 * turn, in nats
 */
export function accuracies(
  pairs: readonly MinimalPair[],
  scores: ArrayLike<number>
): { paradigms: ParadigmScore[]; total: PairShare } {
  const tallies = new Map<string, { right: number; pairs: number; first: MinimalPair }>()
  pairs.forEach((pair, i) => {
    const tally = tallies.get(pair.paradigm) ?? { right: 0, pairs: 0, first: pair }
    tally.pairs++
    if (scores[2 * i]! > scores[2 * i + 1]!) tally.right++
    tallies.set(pair.paradigm, tally)
  })
  const all = [...tallies.values()].reduce(
    (sum, tally) => ({ right: sum.right + tally.right, pairs: sum.pairs + tally.pairs }),
    { right: 0, pairs: 0 }
  )
  return {
    paradigms: [...tallies].map(([name, { first, ...tally }]) => ({
      name,
      phenomenon: first.phenomenon ?? null,
      field: first.field ?? null,
      ...share(tally)
    })),
    total: share(all)
  }
}

/**
 * By condition of a cloze test (Ettinger 2020, section 6): contexts with the expected word above all others of their
 * item, and among the most probable words.
 */
export function clozeScores(pairs: readonly MinimalPair[], { scores, better }: ParadigmScores): ClozeScore[] {
  const conditions = new Map<string, Map<string, { preferred: boolean; better: number }>>()
  pairs.forEach(({ good, completions }, i) => {
    if (!completions) return
    const contexts = conditions.get(completions.condition) ?? new Map<string, { preferred: boolean; better: number }>()
    const before = contexts.get(good)
    contexts.set(good, {
      preferred: (before?.preferred ?? true) && scores[2 * i]! > scores[2 * i + 1]!,
      better: better[2 * i]!
    })
    conditions.set(completions.condition, contexts)
  })
  return [...conditions].map(([name, contexts]) => {
    const items = [...contexts.values()]
    const count = (holds: (item: (typeof items)[number]) => boolean): number => items.filter(holds).length
    const preferred = count((item) => item.preferred)
    return {
      name,
      contexts: items.length,
      preferred: { share: preferred / items.length, interval: wilson(preferred, items.length) },
      top1: count((item) => item.better < 1) / items.length,
      top5: count((item) => item.better < 5) / items.length
    }
  })
}

function share({ right, pairs }: { right: number; pairs: number }): PairShare {
  return { pairs, accuracy: right / pairs, interval: wilson(right, pairs) }
}

/** Wilson's (1927) 95 % interval of a share, which stays between 0 and 1 where few or all are right. */
export function wilson(right: number, of: number): Ends {
  const z = 1.959963984540054
  const share = right / of
  const middle = (share + (z * z) / (2 * of)) / (1 + (z * z) / of)
  const half = (z / (1 + (z * z) / of)) * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of))
  return [Math.max(0, middle - half), Math.min(1, middle + half)]
}
