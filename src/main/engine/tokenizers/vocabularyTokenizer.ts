import type { WordIndex } from '../wordVectors/wordIndex'
import { splitWords } from '../datasets/splitWords'
import type { EncodedSentence, ReadSentence } from './encodedSentence'
import { spellMasks } from './maskSpelling'
import type { EncodedPair } from './pairTokens'
import { encodeWords } from './sentenceEncoder'
import type { Tokenizer } from './tokenizer'

/**
 * Words looked up whole: as they are written, otherwise in lower case. A word that matches neither way has no token,
 * and so no vector.
 */
export class VocabularyTokenizer implements Tokenizer {
  readonly specialCount = 0
  readonly unknownId = null
  readonly maskId = null
  readonly spelling = 'plain'
  /** Words are read one by one: no text is too long. */
  readonly maxTokens = Number.MAX_SAFE_INTEGER

  constructor(private readonly words: WordIndex) {}

  prepare(): Promise<void> {
    return Promise.resolve()
  }

  piecesOf(word: string): Int32Array {
    let id = this.words.find(word)
    if (id < 0) id = this.words.find(word.toLowerCase())
    return id < 0 ? new Int32Array(0) : Int32Array.of(id)
  }

  offsetsOf(word: string): readonly (readonly [number, number])[] {
    return this.piecesOf(word).length ? [[0, word.length]] : []
  }

  encode(words: readonly string[], from = 0): EncodedSentence {
    const ids: number[] = []
    const wordOfToken: number[] = []
    for (let word = from; word < words.length; word++) {
      for (const id of this.piecesOf(words[word]!)) {
        ids.push(id)
        wordOfToken.push(word)
      }
    }
    return { ids: Int32Array.from(ids), wordOfToken: Int32Array.from(wordOfToken), wordsTaken: words.length }
  }

  encodePair(first: readonly string[], second: readonly string[]): EncodedPair {
    const { ids, wordOfToken } = this.encode([...first, ...second])
    const segments = wordOfToken.map((word) => (word < first.length ? 0 : 1))
    return { ids, wordOfToken, segments, cut: false }
  }

  async encodeText(text: string): Promise<ReadSentence> {
    const { words } = splitWords(text)
    return { ...(await encodeWords(this, { words, text })), note: spellMasks(text, null).note }
  }

  tokenText(id: number): string {
    return this.words.word(id)
  }
}
