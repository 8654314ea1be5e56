import { legible, UserError } from '@shared/userError'
import type { TokenSpelling } from '@shared/tokenText'
import { tokenSpelling, type SpellingParts } from './tokenSpelling'
import { mergeEncodings, Tokenizer, type JsEncoding } from '@anush008/tokenizers'

/** A text, a pair or words as tokens; every list has one entry a token. */
export interface TextEncoding {
  ids: number[]
  /** The tokenizer's own spelling, for example '##ness'. */
  tokens: string[]
  /**
   * Start and end in the text in Unicode code points, as Python counts; for given words, in the word. [0, 0] for tokens
   * without text.
   */
  offsets: number[][]
  /** Segment: 0, and 1 for the second text of a pair, where the tokenizer distinguishes them. */
  typeIds: number[]
  /**
   * Index of the word: of those given, otherwise of the pieces that the pre-tokenizer cuts; null for special tokens.
   */
  wordIds: (number | null)[]
  /** Tokens that the tokenizer adds around the text. */
  special: boolean[]
  /** 0 for tokens of the text, 1 for those of the second text of a pair, null for special tokens. */
  parts: (number | null)[]
}

/** @throws UserError in the library's words if it cannot encode a text, for example without a token for the unknown */
async function encoded<T>(encoding: Promise<T>): Promise<T> {
  try {
    return await encoding
  } catch (error) {
    const reason = legible(error instanceof Error ? error.message : String(error))
    throw new UserError(
      `The tokenizer cannot encode a text (${reason}). Its files are damaged or incomplete; save them again (in ` +
        'Python: tokenizer.save_pretrained(folder)).'
    )
  }
}

/** The parts of a tokenizer.json that are read here; the library reads the rest. */
interface TokenizerJson extends SpellingParts {
  truncation?: { direction?: string } | null
  model: SpellingParts['model'] & { unk_token?: string | null; unk_id?: number | null; vocab?: unknown }
}

/** Tokenizers whose ids differ from the model's: what id the model has for each, and how the model's ids are spelt. */
export interface IdMap {
  toModel: Int32Array
  texts: ReadonlyMap<number, string>
}

/**
 * Hugging Face's `tokenizers` (Rust, the library behind Python's fast tokenizers), with what its binding for Node
 * leaves out: words given beforehand. `is_pretokenized=True` encodes each word for itself, joins the pieces and lets
 * the post-processor add its special tokens; the same is done here in these steps.
 */
export class TextTokenizer {
  private constructor(
    private readonly whole: Tokenizer,
    /** The same without truncation and padding, which would act on each word. */
    private readonly bare: Tokenizer,
    private readonly cutsLeft: boolean,
    private readonly idMap: IdMap | null,
    /** How it spells text in its tokens. */
    readonly spelling: TokenSpelling,
    /** The token for what the vocabulary lacks; null where there is none. */
    readonly unknown: string | null
  ) {}

  /**
   * @param json the text of a tokenizer.json; its truncation and padding are followed
   * @throws Error in the library's words where it cannot be read
   */
  static parse(json: string, idMap: IdMap | null = null): TextTokenizer {
    const bare = Tokenizer.fromString(json)
    bare.disableTruncation()
    bare.disablePadding()
    const parts = JSON.parse(json) as TokenizerJson
    return new TextTokenizer(
      Tokenizer.fromString(json),
      bare,
      parts.truncation?.direction === 'Left',
      idMap,
      tokenSpelling(parts),
      unknownOf(parts)
    )
  }

  /** As `parse`, without the truncation and padding of the task the file was saved for. */
  static parseUncut(json: string, idMap: IdMap | null = null): TextTokenizer {
    const tokenizer = Tokenizer.fromString(json)
    tokenizer.disableTruncation()
    tokenizer.disablePadding()
    const parts = JSON.parse(json) as TokenizerJson
    return new TextTokenizer(tokenizer, tokenizer, false, idMap, tokenSpelling(parts), unknownOf(parts))
  }

  async encode(text: string, pair: string | null = null, addSpecialTokens = true): Promise<TextEncoding> {
    return this.read(await encoded(this.whole.encode(text, pair, { addSpecialTokens })))
  }

  /** Each text for itself, without special tokens, on all cores. */
  async encodeEach(texts: readonly string[]): Promise<TextEncoding[]> {
    const encodings = await encoded(this.bare.encodeBatch([...texts], { addSpecialTokens: false }))
    return encodings.map((encoding) => this.read(encoding))
  }

  /** Words given beforehand, special tokens added: Python's `encode(words, is_pretokenized=True)`. */
  async encodeWords(words: readonly string[]): Promise<TextEncoding> {
    const parts = words.length ? await encoded(this.bare.encodeBatch([...words], { addSpecialTokens: false })) : []
    const whole = this.whole.postProcess(mergeEncodings(parts, false), null, true)
    const ofWords = parts.map((part) => this.read(part))
    const offsets = ofWords.flatMap((part) => part.offsets)
    const wordIds = ofWords.flatMap((part, word) => part.ids.map(() => word))
    const sequences = whole.getSequenceIds()
    const attended = whole.getAttentionMask()
    const isPiece = (token: number): boolean => (sequences[token] ?? null) !== null && attended[token] === 1
    const pieces = sequences.filter((_, token) => isPiece(token)).length
    // Truncation drops pieces at one end; the post-processor has trimmed each word's offsets already and must not do so
    // twice.
    let at = this.cutsLeft ? wordIds.length - pieces : 0
    const encoding = this.read(whole)
    sequences.forEach((_, token) => {
      encoding.wordIds[token] = isPiece(token) ? wordIds[at]! : null
      encoding.offsets[token] = isPiece(token) ? offsets[at++]! : [0, 0]
    })
    return encoding
  }

  tokenText(id: number): string | null {
    return this.idMap ? (this.idMap.texts.get(id) ?? null) : this.bare.idToToken(id)
  }

  /** The id of a token as the model counts; null where there is none of this spelling. */
  tokenId(text: string): number | null {
    const id = this.bare.tokenToId(text)
    return id === null ? null : (this.idMap?.toModel[id] ?? id)
  }

  private read(encoding: JsEncoding): TextEncoding {
    const ids = encoding.getIds()
    return {
      ids: this.idMap ? ids.map((id) => this.idMap!.toModel[id]!) : ids,
      tokens: encoding.getTokens(),
      offsets: encoding.getOffsets(),
      typeIds: encoding.getTypeIds(),
      wordIds: encoding.getWordIds().map((word) => word ?? null),
      special: encoding.getSpecialTokensMask().map((flag) => flag === 1),
      parts: encoding.getSequenceIds().map((part) => part ?? null)
    }
  }
}

function unknownOf({ model }: TokenizerJson): string | null {
  if (typeof model.unk_token === 'string') return model.unk_token
  const piece =
    typeof model.unk_id === 'number' && Array.isArray(model.vocab) ? (model.vocab[model.unk_id] as unknown) : null
  return Array.isArray(piece) && typeof piece[0] === 'string' ? piece[0] : null
}
