/**
 * Words of a typed sentence: split at white space, punctuation at either end of a piece set apart, apostrophes and hyphens inside a
 * word kept ("don't", "well-kept"). Scripts written without spaces stay in one piece, as the tokenizer splits those itself.
 */
export function splitWords(text: string): string[] {
  const words: string[] = []
  for (const piece of text.normalize('NFC').split(/\s+/u)) {
    if (piece) words.push(...splitPiece(piece))
  }
  return words
}

function splitPiece(piece: string): string[] {
  const leading = /^[\p{P}\p{S}]+(?=[\p{L}\p{N}])/u.exec(piece)?.[0] ?? ''
  const rest = piece.slice(leading.length)
  const trailing = /(?<=[\p{L}\p{N}])[\p{P}\p{S}]+$/u.exec(rest)?.[0] ?? ''
  const core = rest.slice(0, rest.length - trailing.length)
  return [...Array.from(leading), ...(core ? [core] : []), ...groupRepeats(trailing)]
}

/** "..." and "!!" are one word each, ")." are two. */
function groupRepeats(marks: string): string[] {
  const groups: string[] = []
  for (const mark of marks) {
    const last = groups.at(-1)
    if (last && last.startsWith(mark)) groups[groups.length - 1] = last + mark
    else groups.push(mark)
  }
  return groups
}
