import { seededRandom, shuffle } from '@shared/random'

/**
 * Sentences in an order drawn by the seed, as far as `share` of them: what a smaller share takes is part of what a
 * larger one takes. One sentence at least.
 * @param sentenceOf sentence of every item
 */
export function drawSentences(sentenceOf: ArrayLike<number>, share: number, seed: number): Set<number> {
  const order = [...new Set(Array.from(sentenceOf))].sort((a, b) => a - b)
  shuffle(order, seededRandom(seed))
  return new Set(order.slice(0, Math.max(1, Math.round(share * order.length))))
}

/**
 * The places of `sentences` sentences that are trained on; the others are tested on. Two parts that are translations of
 * one another divide alike where they have as many sentences.
 */
export function trainingPlaces(sentences: number, share: number, seed: number): Uint8Array {
  const chosen = drawSentences(
    Array.from({ length: sentences }, (_, place) => place),
    share,
    seed
  )
  return Uint8Array.from({ length: sentences }, (_, place) => (chosen.has(place) ? 1 : 0))
}
