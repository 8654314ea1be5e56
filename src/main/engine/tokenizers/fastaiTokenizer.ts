import { UserError } from '@shared/userError'
import { applyFastaiRules, type RuleMarkers } from './fastaiRules'
import { firstNumbers } from './firstNumbers'
import { WholeWordTokenizer, type Markers } from './wholeWordTokenizer'

/** Spellings of fastai's special words, those of 2018 last. */
const spellings = {
  unknown: ['xxunk', '_unk_'],
  begin: ['xxbos', 'xbos'],
  repeated: ['xxrep', 'tk_rep'],
  repeatedWord: ['xxwrep', 'tk_wrep'],
  upper: ['xxup', 't_up'],
  capital: ['xxmaj']
} as const

/** What spaCy cuts off the end of an English word. */
const ending = /^(.+?)(n't|'s|'ll|'re|'ve|'d|'m|[.,;:!?])$/u

/**
 * Words of data by fastai's rules, each for itself, and looked up in a vocabulary (a pickled list, `itos`). spaCy's
 * tokenizer, which fastai uses on running text, is not part of it: a word that is not in the vocabulary is tried
 * without the ending that spaCy would cut off.
 */
export class FastaiTokenizer extends WholeWordTokenizer {
  override readonly unknownId: number
  protected override readonly around: Markers
  private readonly numbers: ReadonlyMap<string, number>
  private readonly rules: RuleMarkers

  /** @throws UserError for a list that is empty */
  constructor(private readonly words: readonly string[]) {
    super()
    if (words.length === 0) throw new UserError('The vocabulary of the model is empty.')
    this.numbers = firstNumbers(words)
    const spelt = (kind: keyof typeof spellings): string | null =>
      spellings[kind].find((spelling) => this.numbers.has(spelling)) ?? null
    this.unknownId = this.numbers.get(spelt('unknown') ?? '') ?? 0
    const begin = this.numbers.get(spelt('begin') ?? '')
    this.around = { prefix: begin === undefined ? [] : [begin], suffix: [] }
    this.rules = {
      repeated: spelt('repeated'),
      repeatedWord: spelt('repeatedWord'),
      upper: spelt('upper'),
      capital: spelt('capital')
    }
  }

  piecesOf(word: string): Int32Array {
    const parts = applyFastaiRules(word, this.rules)
      .split(' ')
      .filter((part) => part !== '')
    return Int32Array.from(parts.flatMap((part) => this.partsOf(part)))
  }

  private partsOf(part: string): number[] {
    const known = this.numbers.get(part)
    if (known !== undefined) return [known]
    const [, stem, end] = ending.exec(part) ?? []
    if (stem === undefined || !this.numbers.has(end!)) return [this.unknownId]
    return [...this.partsOf(stem), this.numbers.get(end!)!]
  }

  /** Numbers of words that spaCy has cut already; a space inside one is spelt as in SentencePiece. */
  idsOfWords(words: readonly string[]): number[] {
    return words.map((word) => this.numbers.get(word.replaceAll(' ', '▁')) ?? this.unknownId)
  }

  tokenText(id: number): string {
    return this.words[id] ?? ''
  }
}
