import { seededRandom } from '@shared/random'
import type { Sequence } from './batches'
import { drawnTokens } from './drawnTokens'
import type { Example } from './examples'
import { unlabelled } from '../losses'
import type { UnlabelledInput } from './input'

/** How the tokens of sentences are changed. */
export interface TokenChange {
  /** Of the tokens of words that are changed. */
  share: number
  /** What they become; null: a token of the sentences, as often as it is there. */
  mask: number | null
}

/** Sentences, each with a direction of noise on its embeddings that is drawn in every epoch. */
export function noisySentences(examples: readonly Example[], seed: number): UnlabelledInput {
  const sequence = (example: number, epoch: number): Sequence => {
    const { ids, segments } = examples[example]!
    return { ids, labels: [unlabelled], segments, noise: seedOf(seed, example, epoch) }
  }
  return { lengths: examples.map(({ ids }) => ids.length), sequence }
}

function seedOf(seed: number, example: number, epoch: number): number {
  return seed + 31 * example + 7919 * epoch
}

/**
 * Sentences beside a version of each that is changed in every epoch: tokens of words are masked, or replaced by tokens
 * drawn from all sentences (Xie et al. 2017, unigram noising; Xie et al. 2020 replace words). Of each sentence with
 * words at least one token is changed.
 */
export function changedSentences(
  examples: readonly Example[],
  { share, mask }: TokenChange,
  seed: number
): UnlabelledInput {
  const all = examples.flatMap(({ ids, wordOfToken }) => [...ids].filter((_, t) => wordOfToken[t]! >= 0))
  const sequence = (example: number, epoch: number): Sequence => {
    const { ids, wordOfToken, segments } = examples[example]!
    const random = seededRandom(seedOf(seed, example, epoch))
    const chosen = drawnTokens(wordOfToken, share, random)
    const perturbed = ids.map((id, t) => (chosen.has(t) ? (mask ?? all[random.integer(all.length)]!) : id))
    return { ids, labels: [unlabelled], segments, perturbed }
  }
  return { lengths: examples.map(({ ids }) => ids.length), sequence }
}
