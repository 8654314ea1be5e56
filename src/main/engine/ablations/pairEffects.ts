import type { AblatedParadigm } from '@shared/ablationEffects'
import { effectsOf } from './effects'

/**
 * How often the acceptable sentence is more probable, by paradigm and over all pairs, with the effect of every variant;
 * intervals by resampling pairs.
 * @param paradigms of each pair, [pairs]
 * @param plain scores of the unchanged model: for each pair the acceptable sentence and the other, [2 * pairs]
 * @param variants the same with the set in question, then with random ones
 */
export function pairEffects(
  paradigms: readonly string[],
  plain: Float64Array,
  variants: readonly Float64Array[],
  seed: number
): { paradigms: AblatedParadigm[]; total: AblatedParadigm } {
  const members = new Map<string, number[]>()
  paradigms.forEach((name, i) => members.set(name, [...(members.get(name) ?? []), i]))
  const scored = (name: string, pairs: readonly number[]): AblatedParadigm => {
    // Equal scores count as wrong.
    const right = (scores: Float64Array): number[] => pairs.map((i) => Number(scores[2 * i]! > scores[2 * i + 1]!))
    const unchanged = { sum: Float64Array.from(right(plain)), count: new Float64Array(pairs.length).fill(1) }
    const { plain: accuracy, effects } = effectsOf(Float64Array.from(variants.flatMap(right)), unchanged, seed)
    return { name, pairs: pairs.length, plain: accuracy, effect: effects[0]!, random: effects.slice(1) }
  }
  return {
    paradigms: [...members].map(([name, pairs]) => scored(name, pairs)),
    total: scored('all', Array.from(paradigms.keys()))
  }
}
