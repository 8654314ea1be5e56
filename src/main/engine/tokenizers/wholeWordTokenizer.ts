import { splitWords } from '../datasets/splitWords'
import type { EncodedSentence, ReadSentence } from './encodedSentence'
import { spellMasks } from './maskSpelling'
import { joinPair, type EncodedPair } from './pairTokens'
import { encodeWords } from './sentenceEncoder'
import type { Tokenizer } from './tokenizer'

/** Special tokens around every sentence. */
export interface Markers {
  prefix: readonly number[]
  suffix: readonly number[]
}

/** Words that a model reads whole, or by a rule for each word: what such tokenizers share. */
export abstract class WholeWordTokenizer implements Tokenizer {
  readonly unknownId: number | null = null
  readonly maskId = null
  readonly spelling = 'plain'
  /** Words are read one by one: no text is too long. */
  readonly maxTokens = Number.MAX_SAFE_INTEGER
  protected readonly around: Markers = { prefix: [], suffix: [] }

  /** Tokens of a word; none for one that the model has nothing for. */
  abstract piecesOf(word: string): Int32Array
  abstract tokenText(id: number): string

  get specialCount(): number {
    return this.around.prefix.length + this.around.suffix.length
  }

  prepare(): Promise<void> {
    return Promise.resolve()
  }

  /** Every token of a word stands for the whole of it. */
  offsetsOf(word: string): readonly (readonly [number, number])[] {
    return Array.from(this.piecesOf(word), () => [0, word.length])
  }

  encode(words: readonly string[], from = 0): EncodedSentence {
    const { prefix, suffix } = this.around
    const ids: number[] = [...prefix]
    const wordOfToken: number[] = prefix.map(() => -1)
    for (let word = from; word < words.length; word++) {
      for (const id of this.piecesOf(words[word]!)) {
        ids.push(id)
        wordOfToken.push(word)
      }
    }
    for (const id of suffix) {
      ids.push(id)
      wordOfToken.push(-1)
    }
    return { ids: Int32Array.from(ids), wordOfToken: Int32Array.from(wordOfToken), wordsTaken: words.length }
  }

  encodePair(first: readonly string[], second: readonly string[]): EncodedPair {
    const { ids, wordOfToken } = this.encode([...first, ...second])
    const segments = wordOfToken.map((word) => (word < first.length ? 0 : 1))
    return { ids, wordOfToken, segments, cut: false }
  }

  joinPieces(first: readonly Int32Array[], second: readonly Int32Array[]): EncodedPair {
    const { prefix, suffix } = this.around
    const ofMarkers = { prefix: prefix.map(() => 0), middle: [], suffix: suffix.map(() => 1) }
    const segments = { ...ofMarkers, first: 0, second: 1 }
    return joinPair([first, second], { prefix, middle: [], suffix, segments }, Infinity)
  }

  async encodeText(text: string): Promise<ReadSentence> {
    const { words } = splitWords(text)
    return { ...(await encodeWords(this, { words, text })), note: spellMasks(text, null).note }
  }
}
