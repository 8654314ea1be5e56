import type { SentenceAnalysis, SentenceToken } from '@shared/sentence'
import type { CsvValue } from '@shared/csv'

/** A token with its place in the sentence. */
export interface Piece extends SentenceToken {
  index: number
}

/** A word with the tokens it was cut into, or a special token by itself. */
export interface AlignedUnit {
  /** null for a special token. */
  word: number | null
  form: string
  pieces: Piece[]
  /** Why a word has no token: the tokenizer dropped every character, or the model's window was full. */
  state: 'read' | 'empty' | 'cut' | 'special'
}

/** Words and special tokens in the order the model reads them; words that did not fit come last. */
export function alignedUnits({
  words,
  tokens,
  truncatedWords
}: Pick<SentenceAnalysis, 'words' | 'tokens' | 'truncatedWords'>): AlignedUnit[] {
  const pieces = tokens.map((token, index): Piece => ({ ...token, index }))
  const special = (piece: Piece): AlignedUnit => ({ word: null, form: '', pieces: [piece], state: 'special' })
  const firstOfWord = pieces.findIndex(({ word }) => word !== null)
  const before = firstOfWord === -1 ? pieces.length : firstOfWord
  const ofWord = new Map<number, Piece[]>()
  for (const piece of pieces) {
    if (piece.word === null) continue
    const list = ofWord.get(piece.word)
    if (list) list.push(piece)
    else ofWord.set(piece.word, [piece])
  }
  const units = words.map((form, word): AlignedUnit => {
    const own = ofWord.get(word) ?? []
    const state = own.length ? 'read' : word >= words.length - truncatedWords ? 'cut' : 'empty'
    return { word, form, pieces: own, state }
  })
  return [
    ...pieces.slice(0, before).map(special),
    ...units.filter(({ state }) => state !== 'cut'),
    ...pieces
      .slice(before)
      .filter(({ word }) => word === null)
      .map(special),
    ...units.filter(({ state }) => state === 'cut')
  ]
}

/**
 * One row a token, and one for each word without tokens. Words and tokens count from 0, positions are UTF-16 units of
 * the text.
 * @param texts what is shown of each token
 */
export function alignmentRows(units: readonly AlignedUnit[], texts: readonly string[]): Record<string, CsvValue>[] {
  return units.flatMap(({ word, form, pieces, state }): Record<string, CsvValue>[] => {
    const about = { word_index: word, word: word === null ? null : form, state }
    if (!pieces.length)
      return [{ token_index: null, token: null, text: null, id: null, ...about, unknown: null, start: null, end: null }]
    return pieces.map((piece) => ({
      token_index: piece.index,
      token: piece.text,
      text: texts[piece.index],
      id: piece.id,
      ...about,
      unknown: piece.unknown === true,
      start: piece.span?.[0],
      end: piece.span?.[1]
    }))
  })
}

/** Tab-separated values to paste into a spreadsheet or a paper; tabs and line ends of the text become spaces. */
export function toTsv(rows: readonly Record<string, CsvValue>[]): string {
  const columns = Object.keys(rows[0] ?? {})
  const field = (value: CsvValue): string =>
    value === null || value === undefined ? '' : String(value).replace(/[\t\r\n]/g, ' ')
  return [columns, ...rows.map((row) => columns.map((column) => field(row[column])))]
    .map((line) => `${line.join('\t')}\n`)
    .join('')
}

/** What is said of a token where the pointer rests on it. */
export function pieceHint({ id, index, text, special, unknown, span }: Piece): string {
  const kind = special ? 'special token' : unknown ? `not in the vocabulary: the model reads ${text}` : ''
  const place = span ? `characters ${span[0]} to ${span[1]}` : ''
  return [`Token ${index}`, text, `id ${id}`, kind, place].filter(Boolean).join(' · ')
}
