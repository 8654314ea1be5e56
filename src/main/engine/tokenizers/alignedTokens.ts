import type { SentenceToken } from '@shared/sentence'
import { wordStarts } from '../datasets/splitWords'
import type { Tokenizer } from './tokenizer'
import type { EncodedSentence } from './wordTokenizer'

/**
 * The tokens of a sentence with the word each is a piece of and where it stands in the text.
 * @param sentence prepared and encoded by `tokenizer`; `afterSpace` as it was given to `encode`
 */
export function alignedTokens(
  tokenizer: Tokenizer,
  {
    ids,
    wordOfToken,
    words,
    text,
    afterSpace
  }: EncodedSentence & { words: readonly string[]; text: string; afterSpace: (word: number) => boolean }
): SentenceToken[] {
  const starts = wordStarts(words, text)
  let firstOfWord = 0
  return Array.from(ids, (id, t) => {
    const word = wordOfToken[t]!
    if (word !== wordOfToken[t - 1]) firstOfWord = t
    const token: SentenceToken = {
      id,
      text: tokenizer.tokenText(id),
      special: word === -1,
      word: word === -1 ? null : word
    }
    if (word === -1) return token
    if (id === tokenizer.unknownId) token.unknown = true
    const offset = tokenizer.offsetsOf(words[word]!, afterSpace(word))[t - firstOfWord]
    if (starts && offset) token.span = [starts[word]! + offset[0], starts[word]! + offset[1]]
    return token
  })
}
