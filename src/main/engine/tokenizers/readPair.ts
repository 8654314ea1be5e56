import type { ReadSentence } from './encodedSentence'
import type { Tokenizer } from './tokenizer'

/** Tokens of every word of a sentence that was read alone, and their places in its text. */
function byWord({ ids, wordOfToken, spans, words }: ReadSentence) {
  const pieces = words.map((_, word) => ids.filter((_id, token) => wordOfToken[token] === word))
  return { pieces, spans: spans.filter((_, token) => wordOfToken[token] !== -1) }
}

/**
 * Two running texts as one input of the model: the tokens and token types of Python's `tokenizer(first, second)`. The
 * words of the second follow those of the first; where both do not fit, the longer loses its last tokens.
 * @param tellsSentences whether the model has embeddings for the token types
 */
export function readPair(
  tokenizer: Pick<Tokenizer, 'joinPieces'>,
  first: ReadSentence,
  second: ReadSentence,
  tellsSentences: boolean
): ReadSentence {
  if (!second.words.length) return first
  const [a, b] = [byWord(first), byWord(second)]
  const { ids, wordOfToken, segments } = tokenizer.joinPieces(a.pieces, b.pieces)
  const words = [...first.words, ...second.words]
  const between = first.text.length + 1
  const placesOfSecond = b.spans.map((span) => span && ([span[0] + between, span[1] + between] as const))
  let [inFirst, inSecond] = [0, 0]
  const taken = new Set(wordOfToken.filter((word) => word !== -1)).size
  const empty = [...a.pieces, ...b.pieces].filter((piece) => piece.length === 0).length
  return {
    ids,
    wordOfToken,
    wordsTaken: taken + empty,
    words,
    spaceAfter: [...first.spaceAfter.slice(0, -1), true, ...second.spaceAfter],
    text: `${first.text} ${second.text}`,
    spans: Array.from(wordOfToken, (word) => {
      if (word === -1) return null
      return word < first.words.length ? a.spans[inFirst++]! : placesOfSecond[inSecond++]!
    }),
    note: first.note ?? second.note,
    secondFrom: first.words.length,
    ...(tellsSentences && segments.some((segment) => segment > 0) && { segments })
  }
}
