import { utf16Offsets } from '@shared/codePoints'
import type { TokenSpelling } from '@shared/tokenText'
import { UserError } from '@shared/userError'
import type { EncodedSentence, ReadSentence } from './encodedSentence'
import { maskSpelling, spellMasks } from './maskSpelling'
import { parseTokenizer, readTokenizer } from './openTokenizer'
import { joinPair, pairTokens, type EncodedPair, type PairTokens } from './pairTokens'
import { alignText } from './runningText'
import type { TextEncoding, TextTokenizer } from './textTokenizer'
import { TokenizerFiles, type TokenizerDefaults } from './tokenizerFiles'

/** A word in pieces. */
interface Pieces {
  ids: Int32Array
  /** Start and end of each piece in the word, in UTF-16 units. */
  offsets: readonly (readonly [number, number])[]
}

/**
 * The checkpoint's own tokenizer (Hugging Face `tokenizers`), applied to words one by one and joined. A word is encoded
 * once however often it occurs, which is what makes tokenising a treebank cheap.
 *
 * Where the tokenizer writes the space into the tokens and puts none before a word on its own (GPT-2, Qwen,
 * Gemma), a word is encoded with the space that precedes it in running text: otherwise a model would read
 * "Thekeysto". See docs/adr/0007.
 */
export class WordTokenizer {
  private readonly alone = new Map<string, Pieces>()
  private readonly afterSpace: Map<string, Pieces>

  /** The token that fills a text up to a length; null where the tokenizer has none. */
  readonly padId: number | null
  /** Longest input in tokens that tokenizer and model both allow. */
  readonly maxTokens: number
  /** Id of the token for what the vocabulary lacks; null where there is none. */
  readonly unknownId: number | null
  /** The token that masks a word to be predicted; null where the tokenizer has none. */
  readonly maskId: number | null
  /** What a person should know about how it differs from Python's; null for nothing. */
  readonly note: string | null
  /** The special tokens before and after every text. */
  readonly around: { readonly prefix: readonly number[]; readonly suffix: readonly number[] }
  private readonly aroundPair: PairTokens
  private readonly tokenizer: TextTokenizer
  private readonly maskText: string | null
  private readonly spaced: boolean

  private constructor(parts: TokenizerParts) {
    this.tokenizer = parts.tokenizer
    this.around = parts.around
    this.aroundPair = parts.aroundPair
    this.padId = parts.padId
    this.maxTokens = parts.maxTokens
    this.unknownId = parts.unknownId
    this.note = parts.note
    this.maskText = parts.maskText
    this.maskId = parts.maskText === null ? usualMask(parts.tokenizer) : parts.tokenizer.tokenId(parts.maskText)
    this.spaced = parts.spaced
    this.afterSpace = parts.spaced ? new Map() : this.alone
  }

  /**
   * @param folder a checkpoint's folder with tokenizer.json or the files older than it (docs/tokenizers.md)
   * @param modelMaxTokens length of the model's position table
   * @param defaults what the folder's files do not say
   * @throws UserError where there is no tokenizer, or one that cannot be read
   */
  static async open(folder: string, modelMaxTokens: number, defaults?: TokenizerDefaults): Promise<WordTokenizer> {
    const source = readTokenizer(folder, defaults)
    // A tokenizer.json may carry the truncation and padding of the task it was saved for; here the model's own window
    // decides.
    const tokenizer = await parseTokenizer(folder, source.json, source.idMap)
    const options = readOptions(folder)
    return new WordTokenizer({
      tokenizer,
      around: await specialTokensAround(tokenizer),
      aroundPair: await pairTokens(tokenizer),
      padId: paddingToken(tokenizer, options.padToken),
      maxTokens: Math.min(modelMaxTokens, options.maxLength),
      unknownId: tokenizer.unknown === null ? null : tokenizer.tokenId(tokenizer.unknown),
      maskText: await maskSpelling(folder, tokenizer),
      note: source.note,
      spaced: await needsSpace(tokenizer)
    })
  }

  /**
   * Encodes every word not met before, in one batch on all cores. Afterwards `encode` is synchronous for these words.
   */
  async prepare(words: Iterable<string>): Promise<void> {
    const fresh = [...new Set(words)].filter((word) => !this.alone.has(word))
    for (let start = 0; start < fresh.length; start += 4096) {
      const batch = fresh.slice(start, start + 4096)
      const encodings = await this.tokenizer.encodeEach(batch)
      if (this.spaced) {
        const spaced = await this.tokenizer.encodeEach(batch.map((word) => ` ${word}`))
        // A word the tokenizer drops is not one because of the space before it.
        batch.forEach((word, i) =>
          this.afterSpace.set(
            word,
            encodings[i]!.ids.length ? piecesOf(word, spaced[i]!, 1) : { ids: new Int32Array(), offsets: [] }
          )
        )
      }
      batch.forEach((word, i) => this.alone.set(word, piecesOf(word, encodings[i]!, 0)))
    }
  }

  /**
   * Ids of one prepared word.
   * @param afterSpace whether a space precedes it in the text; makes no difference to most tokenizers
   */
  piecesOf(word: string, afterSpace = true): Int32Array {
    return this.find(word, afterSpace).ids
  }

  /** Start and end of each piece of a prepared word within it, in UTF-16 units. */
  offsetsOf(word: string, afterSpace = true): readonly (readonly [number, number])[] {
    return this.find(word, afterSpace).offsets
  }

  /** Special tokens around every sentence. */
  get specialCount(): number {
    return this.around.prefix.length + this.around.suffix.length
  }

  /**
   * Joins the pieces of `words[from]`, `words[from + 1]`, ... until the window is full. A single word longer than the
   * window loses its tail; a word is otherwise never cut. Every word but the first of the sentence has a space before
   * it.
   */
  encode(words: readonly string[], from = 0): EncodedSentence {
    const room = this.maxTokens - this.specialCount
    const { prefix, suffix } = this.around
    const ids: number[] = [...prefix]
    const wordOfToken: number[] = prefix.map(() => -1)
    let taken = from
    for (; taken < words.length; taken++) {
      const pieces = this.piecesOf(words[taken]!, taken > 0)
      const used = ids.length - prefix.length
      const fits = Math.min(pieces.length, room - used)
      if (fits < pieces.length && used > 0) break
      for (let i = 0; i < fits; i++) {
        ids.push(pieces[i]!)
        wordOfToken.push(taken)
      }
    }
    for (const id of suffix) {
      ids.push(id)
      wordOfToken.push(-1)
    }
    return { ids: Int32Array.from(ids), wordOfToken: Int32Array.from(wordOfToken), wordsTaken: taken }
  }

  /** Two sentences of prepared words as one input. */
  encodePair(first: readonly string[], second: readonly string[]): EncodedPair {
    const pieces = (words: readonly string[]): Int32Array[] => words.map((word, i) => this.piecesOf(word, i > 0))
    return this.joinPieces(pieces(first), pieces(second))
  }

  /** Two sentences in pieces, those of every word, as one input. */
  joinPieces(first: readonly Int32Array[], second: readonly Int32Array[]): EncodedPair {
    return joinPair([first, second], this.aroundPair, this.maxTokens)
  }

  /**
   * A running text, spaces and all: the tokens of Python's `tokenizer(text)`, and the words they belong to. `[MASK]`
   * and `<mask>` are the tokenizer's mask token.
   */
  async encodeText(typed: string): Promise<ReadSentence> {
    const spelled = spellMasks(typed, this.maskText)
    const [encoding] = await this.tokenizer.encodeEach([spelled.text])
    return alignText(typed, spelled, encoding!, this.maxTokens - this.specialCount, this.around)
  }

  /** How it spells text in its tokens. */
  get spelling(): TokenSpelling {
    return this.tokenizer.spelling
  }

  /** Ids of running texts as `encodeText` reads them, uncut and without the special tokens around them. */
  async encodeTexts(texts: readonly string[]): Promise<Int32Array[]> {
    return (await this.encodeTextsByWord(texts)).map(({ ids }) => ids)
  }

  /**
   * The same, with the word of every token: of the pieces that the pre-tokenizer cuts, as Python's `word_ids` counts
   * them.
   */
  async encodeTextsByWord(
    texts: readonly string[]
  ): Promise<{ ids: Int32Array; wordIds: readonly (number | null)[] }[]> {
    const spelled = texts.map((text) => spellMasks(text, this.maskText).text)
    return (await this.tokenizer.encodeEach(spelled)).map(({ ids, wordIds }) => ({
      ids: Int32Array.from(ids),
      wordIds
    }))
  }

  /** Id of a token by its spelling; null where there is none. */
  tokenId(text: string): number | null {
    return this.tokenizer.tokenId(text)
  }

  /** The tokenizer's spelling of an id, for example '##ness'. */
  tokenText(id: number): string {
    return this.tokenizer.tokenText(id) ?? `<${id}>`
  }

  private find(word: string, afterSpace: boolean): Pieces {
    const pieces = (afterSpace ? this.afterSpace : this.alone).get(word)
    if (!pieces) throw new Error(`The word '${word}' was not prepared.`)
    return pieces
  }
}

/** What a tokenizer is made of. */
interface TokenizerParts {
  tokenizer: TextTokenizer
  around: WordTokenizer['around']
  aroundPair: PairTokens
  padId: number | null
  maxTokens: number
  unknownId: number | null
  /** How its mask token is found in a text; null where none is. */
  maskText: string | null
  note: string | null
  /** Whether a word is encoded with the space before it. */
  spaced: boolean
}

/** A mask token that is in the vocabulary, though it is not found in a text. */
function usualMask(tokenizer: TextTokenizer): number | null {
  return tokenizer.tokenId('[MASK]') ?? tokenizer.tokenId('<mask>')
}

/** The padding token that the folder names, else one of the usual names that is in the vocabulary. */
function paddingToken(tokenizer: TextTokenizer, named: string | null): number | null {
  const known = [...(named === null ? [] : [named]), '[PAD]', '<pad>'].map((name) => tokenizer.tokenId(name))
  return known.find((id) => id !== null) ?? null
}

/** @param shift characters that were put before the word */
function piecesOf(word: string, encoding: TextEncoding, shift: number): Pieces {
  const toUtf16 = utf16Offsets(word)
  return {
    ids: Int32Array.from(encoding.ids),
    offsets: encoding.offsets.map(
      ([start, end]) => [toUtf16(Math.max(0, start! - shift)), toUtf16(Math.max(0, end! - shift))] as const
    )
  }
}

/** What the post-processor puts before and after a text, found by encoding one with and without it. */
async function specialTokensAround(tokenizer: TextTokenizer): Promise<{ prefix: number[]; suffix: number[] }> {
  const bare = (await tokenizer.encode('a', null, false)).ids
  const full = (await tokenizer.encode('a')).ids
  for (let start = 0; start + bare.length <= full.length; start++) {
    if (bare.every((id, i) => full[start + i] === id))
      return { prefix: full.slice(0, start), suffix: full.slice(start + bare.length) }
  }
  throw new UserError(
    'The tokenizer changes a text when it adds its special tokens; Layerscope cannot align words with such a tokenizer.'
  )
}

/** Whether a word in running text is encoded as with a space before it, and differently from the word alone. */
async function needsSpace(tokenizer: TextTokenizer): Promise<boolean> {
  const [alone, spaced, running] = (await tokenizer.encodeEach(['a', ' a', 'a a'])).map(({ ids }) => ids.join(' '))
  return running !== `${alone} ${alone}` && running === `${alone} ${spaced}`
}

function readOptions(folder: string): { padToken: string | null; maxLength: number } {
  const json = new TokenizerFiles(folder).json('tokenizer_config.json')
  const pad = json['pad_token']
  const content = typeof pad === 'object' && pad !== null ? (pad as { content?: unknown }).content : pad
  // "No limit" is written as 1e30 in many files.
  const length = json['model_max_length']
  return {
    padToken: typeof content === 'string' ? content : null,
    maxLength: typeof length === 'number' && length >= 1 && length < 1e9 ? Math.floor(length) : Infinity
  }
}
