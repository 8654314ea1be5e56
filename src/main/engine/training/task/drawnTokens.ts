import type { Random } from '@shared/random'

/**
 * A share of a sentence's tokens; of a sentence with words at least one.
 * @param wordOfToken -1 for special tokens, which are never drawn
 */
export function drawnTokens(wordOfToken: Int32Array, share: number, random: Random): ReadonlySet<number> {
  const candidates = Array.from(wordOfToken.keys()).filter((t) => wordOfToken[t]! >= 0)
  const chosen = new Set(candidates.filter(() => random.next() < share))
  if (chosen.size === 0 && candidates.length > 0) chosen.add(candidates[random.integer(candidates.length)]!)
  return chosen
}
