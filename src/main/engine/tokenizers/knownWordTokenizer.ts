import type { WordIndex } from '../wordVectors/wordIndex'
import type { EncodedSentence } from './encodedSentence'
import { WholeWordTokenizer, type Markers } from './wholeWordTokenizer'

/**
 * Words of a table of vectors, as they are written, for networks that read the whole sentence: a word that is not in
 * the table takes part as a vector of zeros (CoVe), or is left out (InferSent).
 */
export class KnownWordTokenizer extends WholeWordTokenizer {
  override readonly unknownId: number | null
  protected override readonly around: Markers
  private readonly markers: readonly [string, string] | null

  /**
   * @param unknown whether a word without a vector takes part
   * @param markers words of the table that begin and end every sentence
   */
  constructor(
    private readonly words: WordIndex,
    { unknown, markers }: { unknown: boolean; markers: readonly [string, string] | null }
  ) {
    super()
    this.unknownId = unknown ? words.size : null
    this.markers = markers
    this.around = markers
      ? { prefix: [words.find(markers[0])], suffix: [words.find(markers[1])] }
      : { prefix: [], suffix: [] }
  }

  piecesOf(word: string): Int32Array {
    const id = this.words.find(word)
    if (id >= 0) return Int32Array.of(id)
    return this.unknownId === null ? new Int32Array(0) : Int32Array.of(this.unknownId)
  }

  /** Where no word of a sentence has a vector, the closing marker stands for them. */
  override encode(words: readonly string[], from = 0): EncodedSentence {
    const encoded = super.encode(words, from)
    if (this.markers === null || encoded.ids.length > this.specialCount) return encoded
    const ids = Int32Array.of(...encoded.ids, this.around.suffix[0]!)
    return { ...encoded, ids, wordOfToken: new Int32Array(ids.length).fill(-1) }
  }

  tokenText(id: number): string {
    return id === this.unknownId ? '<unk>' : this.words.word(id)
  }
}
