import { seededRandom } from '@shared/random'
import type { Sequence } from './batches'
import { drawnTokens } from './drawnTokens'
import type { Example } from './examples'
import { unlabelled } from '../losses'
import type { UnlabelledInput } from './input'

/** How sentences are changed. */
export interface SentenceChange {
  /** Of the tokens of words that are changed. */
  share: number
  /** What they become; null: a token of the sentences, as often as it is there. */
  mask: number | null
}

/**
 * Sentences beside a version of each that is changed in every epoch: tokens of words are masked, or replaced by tokens
 * drawn from all sentences (Xie et al. 2017, unigram noising; Xie et al. 2020 replace words). Of each sentence with
 * words at least one token is changed.
 */
export function changedSentences(
  examples: readonly Example[],
  { share, mask }: SentenceChange,
  seed: number
): UnlabelledInput {
  const all = examples.flatMap(({ ids, wordOfToken }) => [...ids].filter((_, t) => wordOfToken[t]! >= 0))
  const sequence = (example: number, epoch: number): Sequence => {
    const { ids, wordOfToken, segments } = examples[example]!
    const random = seededRandom(seed + 31 * example + 7919 * epoch)
    const chosen = drawnTokens(wordOfToken, share, random)
    const perturbed = ids.map((id, t) => (chosen.has(t) ? (mask ?? all[random.integer(all.length)]!) : id))
    return { ids, labels: [unlabelled], segments, perturbed }
  }
  return { lengths: examples.map(({ ids }) => ids.length), sequence }
}
