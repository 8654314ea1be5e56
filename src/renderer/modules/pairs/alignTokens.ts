import type { TokenProbabilities } from '@shared/minimalPairs'

export interface AlignedToken {
  text: string
  /** In nats; null where it is not scored. */
  logProbability: number | null
}

/**
 * One place of both sentences: the same token in both, one in the place of another, or one that the other sentence
 * lacks.
 */
export interface AlignedPlace {
  good: AlignedToken | null
  bad: AlignedToken | null
  same: boolean
}

/**
 * The tokens of two sentences side by side: the longest common subsequence is aligned, what is between is paired
 * in order.
 */
export function alignTokens(good: TokenProbabilities, bad: TokenProbabilities): AlignedPlace[] {
  const [a, b] = [good.tokens, bad.tokens]
  // lengths[i][j]: of the longest common subsequence of a from i and b from j.
  const lengths = Array.from({ length: a.length + 1 }, () => new Int32Array(b.length + 1))
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i]![j] = a[i] === b[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!)
  const token = ({ tokens, logProbabilities }: TokenProbabilities, at: number): AlignedToken => ({
    text: tokens[at]!,
    logProbability: logProbabilities[at] ?? null
  })
  const places: AlignedPlace[] = []
  let [left, right]: [number[], number[]] = [[], []]
  const flush = (): void => {
    for (let i = 0; i < Math.max(left.length, right.length); i++)
      places.push({
        good: left[i] === undefined ? null : token(good, left[i]!),
        bad: right[i] === undefined ? null : token(bad, right[i]!),
        same: false
      })
    left = []
    right = []
  }
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j] && lengths[i]![j] === lengths[i + 1]![j + 1]! + 1) {
      flush()
      places.push({ good: token(good, i++), bad: token(bad, j++), same: true })
    } else if (j >= b.length || (i < a.length && lengths[i + 1]![j]! >= lengths[i]![j + 1]!)) left.push(i++)
    else right.push(j++)
  }
  flush()
  return places
}

/**
 * What a place adds to the preference for the acceptable sentence: its token's log-probability minus the other's, 0 for
 * what is not scored.
 */
export function contribution({ good, bad }: AlignedPlace): number {
  return (good?.logProbability ?? 0) - (bad?.logProbability ?? 0)
}
