import type { SentenceRef } from '@shared/sentence'
import { UserError } from '@shared/userError'
import { usualSpaces } from '@shared/words'
import { alignSpaces, wordStarts } from '../datasets/splitWords'
import type { ReadSentence } from './encodedSentence'
import { readPair } from './readPair'
import type { Tokenizer } from './tokenizer'
import { withMasks } from './withMasks'

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

  /**
   * @param tellsSentences whether the model tells the sentences of a pair apart
   * @throws UserError where there is no word, and for a masked token that the sentence does not have
   */
  async encode(tokenizer: Tokenizer, sentence: SentenceRef, tellsSentences: boolean): Promise<ReadSentence> {
    const read = await this.read(tokenizer, sentence, tellsSentences)
    if (!read.words.length) throw new UserError('There is no word in this text; type a sentence.')
    return sentence.masked?.length ? withMasks(tokenizer, read, sentence.masked) : read
  }

  private async read(tokenizer: Tokenizer, sentence: SentenceRef, tellsSentences: boolean): Promise<ReadSentence> {
    if (sentence.kind === 'dataset') return encodeWords(tokenizer, this.wordsOf(sentence))
    const first = await tokenizer.encodeText(sentence.text)
    if (sentence.second === undefined || !first.words.length) return first
    return readPair(tokenizer, first, await tokenizer.encodeText(sentence.second), tellsSentences)
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
