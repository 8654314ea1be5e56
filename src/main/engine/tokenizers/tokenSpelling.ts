import type { TokenSpelling } from '@shared/tokenText'

/** The parts of a tokenizer.json that the spelling follows from. */
export interface SpellingParts {
  normalizer?: unknown
  pre_tokenizer?: unknown
  decoder?: unknown
  model: { continuing_subword_prefix?: string | null; end_of_word_suffix?: string | null }
}

/** How the tokenizer of a tokenizer.json spells text in its tokens, by its parts. */
export function tokenSpelling({ normalizer, pre_tokenizer, decoder, model }: SpellingParts): TokenSpelling {
  const parts = [...partsOf(normalizer), ...partsOf(pre_tokenizer), ...partsOf(decoder)]
  const writesSpaces = (part: Part): boolean =>
    part.type === 'Metaspace' || [part.content, part.prepend, part.pattern?.String].includes('▁')
  if (parts.some(({ type }) => type === 'ByteLevel')) return 'bytes'
  if (parts.some(writesSpaces)) return 'metaspace'
  if (model.continuing_subword_prefix === '##') return 'wordPiece'
  return model.end_of_word_suffix === '</w>' ? 'wordEnd' : 'plain'
}

interface Part {
  type?: string
  content?: unknown
  prepend?: unknown
  pattern?: { String?: unknown }
}

/** A part, or the parts of a sequence of them. */
function partsOf(part: unknown): Part[] {
  if (typeof part !== 'object' || part === null) return []
  const nested = Object.values(part).flatMap((value: unknown) => (Array.isArray(value) ? value.flatMap(partsOf) : []))
  return [part, ...nested]
}
