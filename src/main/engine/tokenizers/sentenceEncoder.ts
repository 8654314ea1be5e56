import type { SentenceRef } from '@shared/sentence'
import { UserError } from '@shared/userError'
import { usualSpaces } from '@shared/words'
import { alignSpaces, wordStarts } from '../datasets/splitWords'
import type { ReadSentence } from './encodedSentence'
import type { Tokenizer } from './tokenizer'

/** A sentence of a data set: its words, and the text that they were taken from. */
export interface SentenceWords {
  words: readonly string[]
  text: string
  /** Whether a space follows each word; left out, the text says so. */
  spaceAfter?: readonly boolean[]
}

/**
 * The one way from a sentence to what a model reads, for every service (docs/tokenizers.md). Typed text is read as
 * running text; the words of a data set are read one by one, the same wherever they occur, as their stored vectors are.
 */
export class SentenceEncoder {
  /** @param wordsOf the words of a data set's sentence */
  constructor(private readonly wordsOf: (sentence: Extract<SentenceRef, { kind: 'dataset' }>) => SentenceWords) {}

  /** @throws UserError where there is no word */
  async encode(tokenizer: Tokenizer, sentence: SentenceRef): Promise<ReadSentence> {
    const read =
      sentence.kind === 'text'
        ? await tokenizer.encodeText(sentence.text)
        : await encodeWords(tokenizer, this.wordsOf(sentence))
    if (!read.words.length) throw new UserError('There is no word in this text; type a sentence.')
    return read
  }
}

/** Words given beforehand. A word's tokens have a place in the text where all words occur in it, in order. */
export async function encodeWords(tokenizer: Tokenizer, sentence: SentenceWords): Promise<ReadSentence> {
  const { words, text } = sentence
  await tokenizer.prepare(words)
  const encoded = tokenizer.encode(words)
  const starts = wordStarts(words, text)
  let firstOfWord = 0
  const spans = Array.from(encoded.wordOfToken, (word, token) => {
    if (word !== encoded.wordOfToken[token - 1]) firstOfWord = token
    if (word < 0 || !starts) return null
    const [start, end] = tokenizer.offsetsOf(words[word]!, word > 0)[token - firstOfWord]!
    return [starts[word]! + start, starts[word]! + end] as const
  })
  const spaceAfter = sentence.spaceAfter ?? alignSpaces(words, text) ?? usualSpaces(words)
  return { ...encoded, words, spaceAfter, text, spans, note: null }
}
