import { seededRandom } from '@shared/random'
import { unlabelled } from '../losses'
import { drawnTokens } from './drawnTokens'

/** A sequence for the language-model objective: the tokens that are read, and at each place what it has to predict. */
export interface LanguageModelSequence {
  ids: Int32Array
  read: Int32Array
  labels: number[]
  /** Segment of each token; left out where all are of the first. */
  segments?: Int32Array | null
}

/** What masking has to know of a tokenizer. */
export interface Masking {
  mask: number
  vocabulary: number
}

/** Share of the tokens that are predicted, and what becomes of them (Devlin et al. 2019, section 3.1). */
const predicted = 0.15
const masked = 0.8
const replaced = 0.9

/** Every token predicts the next one. */
export function causalSequence(ids: Int32Array): LanguageModelSequence {
  return { ids, read: ids, labels: Array.from(ids, (_, t) => (t + 1 < ids.length ? ids[t + 1]! : unlabelled)) }
}

/**
 * 15 % of the tokens are predicted: 80 % of these are masked, 10 % are another token, 10 % stay. Special tokens are
 * not predicted; of a short sentence one token is.
 * @param wordOfToken -1 for special tokens
 */
export function maskedSequence(
  ids: Int32Array,
  wordOfToken: Int32Array,
  { mask, vocabulary }: Masking,
  seed: number
): LanguageModelSequence {
  const random = seededRandom(seed)
  const chosen = drawnTokens(wordOfToken, predicted, random)
  const read = ids.map((id, t) => {
    if (!chosen.has(t)) return id
    const draw = random.next()
    return draw < masked ? mask : draw < replaced ? random.integer(vocabulary) : id
  })
  return { ids, read, labels: Array.from(ids, (id, t) => (chosen.has(t) ? id : unlabelled)) }
}
