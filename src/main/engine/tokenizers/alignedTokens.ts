import type { SentenceToken } from '@shared/sentence'
import type { ReadSentence } from './encodedSentence'
import type { Tokenizer } from './tokenizer'

/**
 * The text of each unknown token, null for the others.
 * @returns null where the tokenizer knows all of them
 */
export function surfacesOf(tokens: readonly SentenceToken[]): (string | null)[] | null {
  return tokens.some(({ unknown }) => unknown) ? tokens.map(({ surface }) => surface ?? null) : null
}

/** The tokens of a sentence with the word each is a piece of and its place in the text. */
export function alignedTokens(
  tokenizer: Pick<Tokenizer, 'tokenText' | 'unknownId'>,
  { ids, wordOfToken, spans, words, text, secondFrom, replaced, hidden }: ReadSentence
): SentenceToken[] {
  return Array.from(ids, (id, t) => {
    const word = wordOfToken[t]!
    const special = word === -1
    const token: SentenceToken = { id, text: tokenizer.tokenText(id), special, word: special ? null : word }
    if (secondFrom !== undefined && !special) token.part = word < secondFrom ? 0 : 1
    if (replaced?.includes(t)) token.masked = 'token'
    if (hidden?.includes(t)) token.masked = 'attention'
    const span = spans[t]
    if (!special && id === tokenizer.unknownId) {
      token.unknown = true
      token.surface = (span ? text.slice(span[0], span[1]) : words[word]) ?? ''
    }
    if (span) token.span = [span[0], span[1]]
    return token
  })
}
