import { UserError } from '@shared/userError'
import type { ReadSentence } from './encodedSentence'
import type { Tokenizer } from './tokenizer'

/**
 * A sentence with some of its tokens masked: by the mask token, or where the tokenizer has none, by keeping all others
 * from attending to them, as a 0 in Python's `attention_mask` does.
 * @param places tokens, from 0
 * @throws UserError for a place that the sentence does not have, and for special tokens
 */
export function withMasks(
  tokenizer: Pick<Tokenizer, 'maskId'>,
  sentence: ReadSentence,
  places: readonly number[]
): ReadSentence {
  const { ids, wordOfToken } = sentence
  for (const place of places) {
    if (place >= ids.length)
      throw new UserError(`The sentence has ${ids.length} tokens, counted from 0; there is no token ${place} to mask.`)
    if (wordOfToken[place] === -1)
      throw new UserError(`Token ${place} is a special token; only tokens of words can be masked.`)
  }
  if (tokenizer.maskId === null) return { ...sentence, hidden: places }
  const masked = ids.slice()
  for (const place of places) masked[place] = tokenizer.maskId
  return { ...sentence, ids: masked, replaced: places }
}
