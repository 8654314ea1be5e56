import type { TextTokenizer } from './textTokenizer'
import { TokenizerFiles } from './tokenizerFiles'

/** How people write a mask, whichever model they write for. */
const spellings = /\[MASK\]|<mask>/g

/** A typed text with its masks in the tokenizer's own spelling. */
export interface SpelledText {
  text: string
  /** Position in the typed text of a position in `text`, both in UTF-16 units. */
  toTyped: (position: number) => number
  /** What a person should know: that a mask was read as text; null for nothing. */
  note: string | null
}

/**
 * Writes every `[MASK]` and `<mask>` of a typed text as the tokenizer does.
 * @param spelling the tokenizer's own; null where it has no mask token, and the text stays as it is
 */
export function spellMasks(typed: string, spelling: string | null): SpelledText {
  const masks = [...typed.matchAll(spellings)]
  if (spelling === null || masks.every(([mask]) => mask === spelling)) {
    const read = spelling === null ? masks[0]?.[0] : undefined
    const note = read === undefined ? null : `This tokenizer has no mask token; '${read}' was read as text.`
    return { text: typed, toTyped: (position) => position, note }
  }
  /** Ends of the masks in both texts. */
  const ends: { spelled: number; typed: number }[] = []
  let grown = 0
  for (const mask of masks) {
    grown += spelling.length - mask[0].length
    const end = mask.index + mask[0].length
    ends.push({ typed: end, spelled: end + grown })
  }
  const toTyped = (position: number): number => {
    const next = ends.findIndex(({ spelled }) => position < spelled)
    const before = ends.at(next < 0 ? -1 : next - 1)
    const at = next === 0 || !before ? position : position - before.spelled + before.typed
    // Within a mask no position of one spelling is one of the other: a mask is a single token.
    return next < 0 ? at : Math.min(at, ends[next]!.typed)
  }
  return { text: typed.replace(spellings, () => spelling), toTyped, note: null }
}

/**
 * The tokenizer's spelling of its mask token: as the files beside it name it, otherwise one of the two usual ones.
 * Null where it has none, or none that it finds in a text.
 * @throws UserError where these files are damaged
 */
export async function maskSpelling(folder: string, tokenizer: TextTokenizer): Promise<string | null> {
  const candidates = [namedMask(folder), '[MASK]', '<mask>'].filter((spelling) => spelling !== null)
  for (const spelling of candidates) {
    const id = tokenizer.tokenId(spelling)
    if (id === null) continue
    const { ids } = await tokenizer.encode(spelling, null, false)
    if (ids.length === 1 && ids[0] === id) return spelling
  }
  return null
}

function namedMask(folder: string): string | null {
  const files = new TokenizerFiles(folder)
  for (const name of ['special_tokens_map.json', 'tokenizer_config.json']) {
    const { mask_token: mask } = files.json(name)
    const spelling = typeof mask === 'object' && mask !== null ? (mask as { content?: unknown }).content : mask
    if (typeof spelling === 'string') return spelling
  }
  return null
}
