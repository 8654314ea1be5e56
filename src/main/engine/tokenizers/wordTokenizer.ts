import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { utf16Offsets } from '@shared/codePoints'
import { UserError } from '@shared/userError'
import { parseTokenizer, readTokenizer } from './openTokenizer'
import type { TextEncoding, TextTokenizer } from './textTokenizer'

/** A sentence as the model reads it. */
export interface EncodedSentence {
  ids: Int32Array
  /** For every token the word it is a piece of, -1 for special tokens. */
  wordOfToken: Int32Array
  /** Words that did not fit into `maxTokens`, from this one on; equals the number of words when all fit. */
  wordsTaken: number
}

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
 * Where the tokenizer writes the space into the tokens and puts none before a word that stands alone (GPT-2, Qwen,
 * Gemma), a word is encoded with the space that stands before it in running text: otherwise a model would read
 * "Thekeysto". See docs/adr/0007.
 */
export class WordTokenizer {
  private readonly alone = new Map<string, Pieces>()
  private readonly afterSpace: Map<string, Pieces>

  private constructor(
    private readonly tokenizer: TextTokenizer,
    private readonly prefix: number[],
    private readonly suffix: number[],
    readonly padId: number,
    /** Longest input in tokens that tokenizer and model both allow. */
    readonly maxTokens: number,
    /** Id of the token for what the vocabulary lacks; null where there is none. */
    readonly unknownId: number | null,
    /** What a person should know about how it differs from Python's; null for nothing. */
    readonly note: string | null,
    private readonly spaced: boolean
  ) {
    this.afterSpace = spaced ? new Map() : this.alone
  }

  /**
   * @param folder a checkpoint's folder with tokenizer.json or the files older than it (docs/tokenizers.md)
   * @param modelMaxTokens length of the model's position table
   * @throws UserError where there is no tokenizer, or one that cannot be read
   */
  static async open(folder: string, modelMaxTokens: number): Promise<WordTokenizer> {
    const source = readTokenizer(folder)
    // A tokenizer.json may carry the truncation and padding of the task it was saved for; here the model's own window
    // decides.
    const tokenizer = parseTokenizer(folder, source.json, source.idMap)
    const { prefix, suffix } = await specialTokensAround(tokenizer)
    const options = readOptions(folder)
    const padId = (options.padToken && tokenizer.tokenId(options.padToken)) || 0
    const unknownId = unknownOf(source.json, tokenizer)
    const maxTokens = Math.min(modelMaxTokens, options.maxLength)
    return new WordTokenizer(
      tokenizer,
      prefix,
      suffix,
      padId,
      maxTokens,
      unknownId,
      source.note,
      await needsSpace(tokenizer)
    )
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
   * @param afterSpace whether a space stands before it in the text; makes no difference to most tokenizers
   */
  piecesOf(word: string, afterSpace = true): Int32Array {
    return this.find(word, afterSpace).ids
  }

  /** Start and end of each piece of a prepared word within it, in UTF-16 units. */
  offsetsOf(word: string, afterSpace = true): readonly (readonly [number, number])[] {
    return this.find(word, afterSpace).offsets
  }

  /** Special tokens that stand around every sentence. */
  get specialCount(): number {
    return this.prefix.length + this.suffix.length
  }

  /**
   * Joins the pieces of `words[from]`, `words[from + 1]`, ... until the window is full. A single word longer than the
   * window loses its tail; a word is otherwise never cut.
   * @param afterSpace whether a space stands before a word in the text; before every one but the first when left out
   */
  encode(
    words: readonly string[],
    from = 0,
    afterSpace: (word: number) => boolean = (word) => word > 0
  ): EncodedSentence {
    const room = this.maxTokens - this.specialCount
    const ids: number[] = [...this.prefix]
    const wordOfToken: number[] = this.prefix.map(() => -1)
    let taken = from
    for (; taken < words.length; taken++) {
      const pieces = this.piecesOf(words[taken]!, afterSpace(taken))
      const used = ids.length - this.prefix.length
      const fits = Math.min(pieces.length, room - used)
      if (fits < pieces.length && used > 0) break
      for (let i = 0; i < fits; i++) {
        ids.push(pieces[i]!)
        wordOfToken.push(taken)
      }
    }
    for (const id of this.suffix) {
      ids.push(id)
      wordOfToken.push(-1)
    }
    return { ids: Int32Array.from(ids), wordOfToken: Int32Array.from(wordOfToken), wordsTaken: taken }
  }

  /** Ids of running texts, spaces and all, without the special tokens around them. */
  async encodeTexts(texts: readonly string[]): Promise<Int32Array[]> {
    return (await this.tokenizer.encodeEach(texts)).map(({ ids }) => Int32Array.from(ids))
  }

  /** The special tokens that stand before and after every text. */
  get around(): { prefix: readonly number[]; suffix: readonly number[] } {
    return { prefix: this.prefix, suffix: this.suffix }
  }

  /** Id of a token by its spelling; null where there is none. */
  tokenId(text: string): number | null {
    return this.tokenizer.tokenId(text)
  }

  /** The token that stands for one that is to be guessed; null where the tokenizer has none. */
  get maskId(): number | null {
    return this.tokenizer.tokenId('[MASK]') ?? this.tokenizer.tokenId('<mask>')
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

/** Whether a word of running text is encoded otherwise than the word alone, and as the word with a space before it. */
async function needsSpace(tokenizer: TextTokenizer): Promise<boolean> {
  const [alone, spaced, running] = (await tokenizer.encodeEach(['a', ' a', 'a a'])).map(({ ids }) => ids.join(' '))
  return running !== `${alone} ${alone}` && running === `${alone} ${spaced}`
}

function unknownOf(json: string, tokenizer: TextTokenizer): number | null {
  const { model } = JSON.parse(json) as {
    model: { unk_token?: string | null; unk_id?: number | null; vocab?: unknown }
  }
  if (typeof model.unk_token === 'string') return tokenizer.tokenId(model.unk_token)
  const piece =
    typeof model.unk_id === 'number' && Array.isArray(model.vocab) ? (model.vocab[model.unk_id] as unknown) : null
  return Array.isArray(piece) && typeof piece[0] === 'string' ? tokenizer.tokenId(piece[0]) : null
}

function readOptions(folder: string): { padToken: string | null; maxLength: number } {
  const path = join(folder, 'tokenizer_config.json')
  if (!existsSync(path)) return { padToken: null, maxLength: Infinity }
  const json = JSON.parse(readFileSync(path, 'utf8')) as {
    pad_token?: string | { content?: string }
    model_max_length?: number
  }
  const pad = typeof json.pad_token === 'string' ? json.pad_token : (json.pad_token?.content ?? null)
  // "No limit" is written as 1e30 in many files.
  const length = json.model_max_length
  return { padToken: pad, maxLength: typeof length === 'number' && length > 0 && length < 1e9 ? length : Infinity }
}
