const notAscii = /[^\u0000-\u007f]/
const marks = /[\u0300-\u036f]/g

/** A text without case and without the accents of Latin, Greek and Cyrillic: `Ärzte` and `arzte` are equal. */
export function fold(text: string): string {
  const lower = text.toLowerCase()
  return notAscii.test(lower) ? lower.normalize('NFD').replace(marks, '') : lower
}
