import type { WordIndex } from '../wordVectors/wordIndex'
import { WholeWordTokenizer } from './wholeWordTokenizer'

/**
 * Words looked up whole: as they are written, otherwise in lower case. A word that matches neither way has no token,
 * and so no vector.
 */
export class VocabularyTokenizer extends WholeWordTokenizer {
  constructor(private readonly words: WordIndex) {
    super()
  }

  piecesOf(word: string): Int32Array {
    let id = this.words.find(word)
    if (id < 0) id = this.words.find(word.toLowerCase())
    return id < 0 ? new Int32Array(0) : Int32Array.of(id)
  }

  tokenText(id: number): string {
    return this.words.word(id)
  }
}
