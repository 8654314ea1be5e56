import { firstNumbers } from './firstNumbers'
import { WholeWordTokenizer } from './wholeWordTokenizer'

/** A comma or point between digits, as Moses' tokenizer with Transformer-XL's rule for numbers writes it. */
const inNumber = /(?<=\d)([.,])(?=\d)/

/**
 * Words of a list, as they are written, one token each: Transformer-XL's word-level vocabulary. Moses' rules, by which
 * running text was cut, are not part of it: a number that is not in the list is cut at its commas and points.
 */
export class ListedWordTokenizer extends WholeWordTokenizer {
  override readonly unknownId: number
  private readonly lowerCase: boolean
  private readonly numbers: ReadonlyMap<string, number>

  constructor(
    private readonly words: readonly string[],
    { unknown, lowerCase }: { unknown: number; lowerCase: boolean }
  ) {
    super()
    this.unknownId = unknown
    this.lowerCase = lowerCase
    this.numbers = firstNumbers(words)
  }

  piecesOf(word: string): Int32Array {
    const text = this.lowerCase ? word.toLowerCase() : word
    const known = this.numbers.get(text)
    if (known !== undefined) return Int32Array.of(known)
    const parts = text.split(inNumber).map((part, i) => (i % 2 ? `@${part}@` : part))
    return Int32Array.from(parts, (part) => this.numbers.get(part) ?? this.unknownId)
  }

  tokenText(id: number): string {
    return this.words[id] ?? ''
  }
}
