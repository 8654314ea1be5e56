import { WholeWordTokenizer, type Markers } from './wholeWordTokenizer'

/**
 * Words of a model that reads their characters, and so knows any word. A word gets a number when it is first met; the
 * number means something in this process alone.
 */
export class OpenWordTokenizer extends WholeWordTokenizer {
  protected override readonly around: Markers
  private readonly numbers = new Map<string, number>()
  private readonly texts: string[]

  /** @param markers the spellings of the markers that begin and end every sentence; they are numbers 0 and 1 */
  constructor(markers: readonly [string, string] | null) {
    super()
    this.texts = [...(markers ?? [])]
    this.around = markers ? { prefix: [0], suffix: [1] } : { prefix: [], suffix: [] }
  }

  piecesOf(word: string): Int32Array {
    let number = this.numbers.get(word)
    if (number === undefined) {
      number = this.texts.length
      this.texts.push(word)
      this.numbers.set(word, number)
    }
    return Int32Array.of(number)
  }

  tokenText(id: number): string {
    return this.texts[id] ?? ''
  }
}
