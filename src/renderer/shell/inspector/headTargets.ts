import type { SentenceToken } from '@shared/sentence'
import type { FloatTensor } from '@shared/tensorData'

export interface HeadTarget {
  token: number
  word: number | null
  special: boolean
  weight: number
}

/**
 * Where a head looks from one token: the keys with the largest weights of its row, largest first. `map` is [tokens,
 * tokens], rows are queries.
 */
export function headTargets(
  map: FloatTensor,
  tokens: readonly SentenceToken[],
  query: number,
  count: number
): HeadTarget[] {
  const keys = map.shape[1] ?? 0
  if (query < 0 || query >= (map.shape[0] ?? 0)) return []
  const row = map.data.subarray(query * keys, (query + 1) * keys)
  return [...row.keys()]
    .sort((a, b) => row[b]! - row[a]!)
    .slice(0, count)
    .flatMap((key) => {
      const token = tokens[key]
      return token ? [{ token: key, word: token.word, special: token.special, weight: row[key]! }] : []
    })
}
