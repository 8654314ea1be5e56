import { readFileSync } from 'node:fs'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Tokenizer } from '@anush008/tokenizers'
import { UserError } from '@shared/userError'

/** A sentence as the model reads it. */
export interface EncodedSentence {
  ids: Int32Array
  /** For every token the word it is a piece of, -1 for special tokens. */
  wordOfToken: Int32Array
  /** Words that did not fit into `maxTokens`, from this one on; equals the number of words when all fit. */
  wordsTaken: number
}

/**
 * The checkpoint's own tokenizer (Hugging Face `tokenizers`), applied to words one by one and joined. A word is encoded once however
 * often it occurs, which is what makes tokenising a treebank cheap.
 */
export class WordTokenizer {
  private readonly pieces = new Map<string, Int32Array>()

  private constructor(
    private readonly tokenizer: Tokenizer,
    private readonly prefix: number[],
    private readonly suffix: number[],
    readonly padId: number,
    /** Longest input in tokens that tokenizer and model both allow. */
    readonly maxTokens: number
  ) {}

  /**
   * @param folder a checkpoint's folder; needs tokenizer.json
   * @param modelMaxTokens length of the model's position table
   */
  static async open(folder: string, modelMaxTokens: number): Promise<WordTokenizer> {
    const path = join(folder, 'tokenizer.json')
    if (!existsSync(path)) {
      throw new UserError(`${folder} has no tokenizer.json. Save the tokenizer in this form (in Python: tokenizer.save_pretrained(folder)) and open the folder again.`)
    }
    let tokenizer: Tokenizer
    try {
      tokenizer = Tokenizer.fromFile(path)
    } catch (error) {
      throw new UserError(`${path} could not be read as a tokenizer: ${error instanceof Error ? error.message : String(error)}.`)
    }
    // A tokenizer.json may carry the truncation and padding of the task it was saved for; here the model's own window decides.
    tokenizer.disableTruncation()
    tokenizer.disablePadding()
    const { prefix, suffix } = await specialTokensAround(tokenizer)
    const options = readOptions(folder)
    const padId = (options.padToken && tokenizer.tokenToId(options.padToken)) || 0
    return new WordTokenizer(tokenizer, prefix, suffix, padId, Math.min(modelMaxTokens, options.maxLength))
  }

  /** Encodes every word not met before, in one batch on all cores. Afterwards `encode` is synchronous for these words. */
  async prepare(words: Iterable<string>): Promise<void> {
    const fresh = [...new Set(words)].filter((word) => !this.pieces.has(word))
    for (let start = 0; start < fresh.length; start += 4096) {
      const batch = fresh.slice(start, start + 4096)
      const encodings = await this.tokenizer.encodeBatch(batch, { addSpecialTokens: false })
      encodings.forEach((encoding, i) => this.pieces.set(batch[i]!, Int32Array.from(encoding.getIds())))
    }
  }

  /** Ids of one prepared word. */
  piecesOf(word: string): Int32Array {
    const ids = this.pieces.get(word)
    if (!ids) throw new Error(`The word '${word}' was not prepared.`)
    return ids
  }

  /** Special tokens that stand around every sentence. */
  get specialCount(): number {
    return this.prefix.length + this.suffix.length
  }

  /**
   * Joins the pieces of `words[from]`, `words[from + 1]`, ... until the window is full. A single word longer than the window loses
   * its tail; a word is otherwise never cut.
   */
  encode(words: readonly string[], from = 0): EncodedSentence {
    const room = this.maxTokens - this.specialCount
    const ids: number[] = [...this.prefix]
    const wordOfToken: number[] = this.prefix.map(() => -1)
    let taken = from
    for (; taken < words.length; taken++) {
      const pieces = this.piecesOf(words[taken]!)
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
    const encodings = await this.tokenizer.encodeBatch([...texts], { addSpecialTokens: false })
    return encodings.map((encoding) => Int32Array.from(encoding.getIds()))
  }

  /** The special tokens that stand before and after every text. */
  get around(): { prefix: readonly number[]; suffix: readonly number[] } {
    return { prefix: this.prefix, suffix: this.suffix }
  }

  /** Id of a token by its spelling; null where there is none. */
  tokenId(text: string): number | null {
    return this.tokenizer.tokenToId(text) ?? null
  }

  /** The tokenizer's spelling of an id, for example '##ness'. */
  tokenText(id: number): string {
    return this.tokenizer.idToToken(id) ?? `<${id}>`
  }
}

/** What the post-processor puts before and after a text, found by encoding one with and without it. */
async function specialTokensAround(tokenizer: Tokenizer): Promise<{ prefix: number[]; suffix: number[] }> {
  const bare = (await tokenizer.encode('a', null, { addSpecialTokens: false })).getIds()
  const full = (await tokenizer.encode('a', null, { addSpecialTokens: true })).getIds()
  for (let start = 0; start + bare.length <= full.length; start++) {
    if (bare.every((id, i) => full[start + i] === id)) return { prefix: full.slice(0, start), suffix: full.slice(start + bare.length) }
  }
  throw new UserError('The tokenizer changes a text when it adds its special tokens; Layerscope cannot align words with such a tokenizer.')
}

function readOptions(folder: string): { padToken: string | null; maxLength: number } {
  const path = join(folder, 'tokenizer_config.json')
  if (!existsSync(path)) return { padToken: null, maxLength: Infinity }
  const json = JSON.parse(readFileSync(path, 'utf8')) as { pad_token?: string | { content?: string }; model_max_length?: number }
  const pad = typeof json.pad_token === 'string' ? json.pad_token : (json.pad_token?.content ?? null)
  // "No limit" is written as 1e30 in many files.
  const length = json.model_max_length
  return { padToken: pad, maxLength: typeof length === 'number' && length > 0 && length < 1e9 ? length : Infinity }
}
