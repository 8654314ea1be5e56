import type { SentenceToken } from './sentence'
import { spelt, visible } from './userError'
import { isUnspaced } from './words'

/**
 * How a tokenizer spells text in its tokens: bytes as letters (GPT-2: 'Ġthe', 'Ã©'), spaces as '▁' and lone bytes as
 * '<0xE4>' (SentencePiece), '##' before what continues a word (WordPiece), '</w>' at its end (XLM), or as it is.
 */
export type TokenSpelling = 'bytes' | 'metaspace' | 'wordPiece' | 'wordEnd' | 'plain'

/** A token of a text, or one that is shown by itself: then it has no `word`. */
export type ShowableToken = Pick<SentenceToken, 'text'> &
  Partial<Pick<SentenceToken, 'special' | 'unknown' | 'surface' | 'word'>>

const partOf = '⋯'
const continued = '·'
const marks: Readonly<Record<string, string>> = { ' ': '␣', '\n': '⏎', '\r': '␍', '\t': '⇥' }

/**
 * Tokens as a person reads them:
 * - in letters instead of the tokenizer's spelling ('Ġthe' is 'the'), white space and control characters visible;
 * - '·' before a token that continues a word of letters;
 * - '⋯' after a token in which a character begins that the next tokens complete, and before those; bytes that are no
 *   character as '⟨E4 BB⟩';
 * - an unknown token as the text that it is for, and the token ('昨 [UNK]');
 * - special tokens as they are.
 * @param tokens in the order of the text, of one text
 */
export function shownTokens(tokens: readonly ShowableToken[], spelling: TokenSpelling): string[] {
  const texts = decoded(tokens, spelling)
  return tokens.map((token, index) => {
    if (token.special) return token.text
    if (token.unknown) return token.surface ? `${token.surface} ${token.text}` : token.text
    return written(texts[index]!, continuesWord(tokens, index, spelling), spelling)
  })
}

/** @param surfaces the text of each unknown token, null for the others; absent where there is none */
export function showable(tokens: readonly string[], surfaces?: readonly (string | null)[]): ShowableToken[] {
  return tokens.map((text, at) => {
    const surface = surfaces?.[at] ?? null
    return surface === null ? { text } : { text, surface, unknown: true }
  })
}

/** A token by itself, for example a prediction. */
export function shownToken(text: string, spelling: TokenSpelling): string {
  return written(decoded([{ text }], spelling)[0]!, continuesAlone(text, spelling), spelling)
}

function continuesWord(tokens: readonly ShowableToken[], index: number, spelling: TokenSpelling): boolean {
  const { text, word } = tokens[index]!
  const before = tokens[index - 1]
  if (!before || before.special) return false
  return word === undefined ? continuesAlone(text, spelling) : word !== null && before.word === word
}

function continuesAlone(text: string, spelling: TokenSpelling): boolean {
  switch (spelling) {
    case 'bytes':
      return !/^[ĠĊĉč]/.test(text)
    case 'metaspace':
      return !text.startsWith('▁')
    case 'wordPiece':
      return text.startsWith('##')
    default:
      return false
  }
}

/** A decoded text with its marks. */
function written(text: string, continues: boolean, spelling: TokenSpelling): string {
  const bare = spelling === 'bytes' || spelling === 'metaspace' ? text.replace(/^ (?=.)/su, '') : text
  const clear = /^[\u200c\u200d]+$/.test(bare) ? Array.from(bare, spelt).join('') : bare
  const shown = visible(clear.replace(/\s/gu, (space) => marks[space] ?? space)).replace(/^(?=\p{M})/u, '◌')
  return continues && /^[\p{L}\p{N}]/u.test(shown) && !isUnspaced(shown) ? `${continued}${shown}` : shown
}

/** The text of each token; a character that several share is in the first of them. */
function decoded(tokens: readonly ShowableToken[], spelling: TokenSpelling): string[] {
  const bytes = tokens.map((token) => (token.special || token.unknown ? null : bytesOf(token.text, spelling)))
  const texts = tokens.map(({ text }, index) => (bytes[index] ? '' : plainText(text, spelling)))
  for (let start = 0; start < tokens.length;) {
    if (!bytes[start]) {
      start++
      continue
    }
    let end = start
    while (bytes[end]) end++
    const run = bytes.slice(start, end) as number[][]
    textsOfBytes(run).forEach((text, i) => (texts[start + i] = text))
    start = end
  }
  return texts
}

function plainText(text: string, spelling: TokenSpelling): string {
  switch (spelling) {
    case 'metaspace':
      return text.replaceAll('▁', ' ')
    case 'wordPiece':
      return text.replace(/^##(?=.)/su, '')
    case 'wordEnd':
      return text.replace(/(?<=.)<\/w>$/su, '')
    default:
      return text
  }
}

/** Bytes spelt by a token; null where it spells text. */
function bytesOf(text: string, spelling: TokenSpelling): number[] | null {
  if (spelling === 'metaspace') {
    const byte = /^<0x([0-9A-F]{2})>$/.exec(text)
    return byte ? [parseInt(byte[1]!, 16)] : null
  }
  if (spelling !== 'bytes') return null
  const bytes = Array.from(text, (letter) => byteOfLetter.get(letter))
  return bytes.every((byte) => byte !== undefined) ? bytes : null
}

/** GPT-2's letters for bytes: those that can be seen stand for themselves, the others for 256 and up, in order. */
const byteOfLetter = ((): ReadonlyMap<string, number> => {
  const isSeen = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae
  let next = 256
  return new Map(Array.from({ length: 256 }, (_, byte) => [String.fromCodePoint(isSeen(byte) ? byte : next++), byte]))
})()

/** The characters that begin in each token, marked where they do not end there. */
function textsOfBytes(run: readonly (readonly number[])[]): string[] {
  const bytes = Uint8Array.from(run.flat())
  const owner = run.flatMap((token, index) => token.map(() => index))
  const texts = run.map(() => '')
  const strays: number[][] = run.map(() => [])
  const flush = (token: number): void => {
    const stray = strays[token]!.splice(0)
    const digits = stray.map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'))
    if (digits.length) texts[token] += `⟨${digits.join('\u00a0')}⟩`
  }
  for (let at = 0; at < bytes.length;) {
    const token = owner[at]!
    const length = lengthFrom(bytes[at]!)
    const character = length ? characterOf(bytes.subarray(at, at + length), length) : null
    if (character === null) {
      strays[token]!.push(bytes[at++]!)
      continue
    }
    flush(token)
    texts[token] += character
    const last = owner[at + length - 1]!
    if (last > token) {
      texts[token] += partOf
      for (let part = token + 1; part <= last; part++) texts[part] += partOf
    }
    at += length
  }
  run.forEach((_, token) => flush(token))
  return texts
}

/** Bytes of the UTF-8 character that begins so; 0 for a byte that begins none. */
function lengthFrom(byte: number): number {
  if (byte < 0x80) return 1
  return byte >= 0xf0 && byte < 0xf5 ? 4 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xc2 && byte < 0xe0 ? 2 : 0
}

function characterOf(bytes: Uint8Array, length: number): string | null {
  if (length === 1) return String.fromCodePoint(bytes[0]!)
  const following = bytes.subarray(1)
  if (bytes.length < length || following.some((byte) => byte >> 6 !== 0b10)) return null
  const code = following.reduce((sum, byte) => (sum << 6) | (byte & 0x3f), bytes[0]! & (0xff >> (length + 1)))
  const isSurrogate = code >= 0xd800 && code < 0xe000
  return isSurrogate || code < [0, 0, 0x80, 0x800, 0x10000][length]! || code > 0x10ffff
    ? null
    : String.fromCodePoint(code)
}
