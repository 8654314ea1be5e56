/** Bytes of UTF-8 that a sentence may have: it is read on a screen, and crosses processes. */
const longest = 2000

/**
 * An error whose message is written for the person using the app: what went wrong, where, and what to do about it.
 * Everything else that is thrown is a defect, and is shown as one with a request to report it.
 *
 * A sentence may repeat what a file or a request holds: control characters are made visible, so that none of them
 * reaches a terminal, and a long sentence is cut in its middle, so that its end still says what to do.
 */
export class UserError extends Error {
  override readonly name = 'UserError'

  constructor(message: string, options?: ErrorOptions) {
    super(sentence(message), options)
  }
}

/** A message as it is shown: control characters made visible, at most 2,000 bytes. */
export function sentence(message: string): string {
  return cutMiddle(visible(message), longest)
}

/** True for a `UserError`, also after it crossed a process boundary and lost its prototype. */
export function isUserError(error: unknown): error is UserError {
  return error instanceof Error && error.name === 'UserError'
}

/** A refusal because the machine has too little memory: with more of it, the same may be done. */
export class MemoryShort extends UserError {
  readonly short = 'memory'
}

/** Whether the machine had too little memory, by a refusal or a failed allocation. */
export function isMemoryShort(error: unknown): boolean {
  if (error instanceof RangeError) return /allocation failed/i.test(error.message)
  return isUserError(error) && 'short' in error && error.short === 'memory'
}

/**
 * A value from a file or a request, ready for use in a sentence: in double quotes, control characters made visible,
 * cut to `limit` characters.
 */
export function quoted(value: string, limit = 40): string {
  return visible(JSON.stringify(cut(value, limit)))
}

/** As `quoted`, without the quotes and line ends: for names, which sentences put in quotes of their own. */
export function legible(value: string, limit = 120): string {
  return visible(cut(value, limit)).replace(/\s+/g, ' ')
}

function cut(value: string, limit: number): string {
  return value.length > limit ? `${value.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…` : value
}

/**
 * Characters that a terminal or a window would obey rather than show: controls, marks of writing direction, halves
 * of characters. Line ends and tabs stay, and so do the joiners of emoji and Indic scripts.
 */
const hidden = /(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu

/** A text with every character that would be obeyed rather than shown spelt as `\\u202e`. */
export function visible(text: string): string {
  return text.replace(hidden, spelt)
}

/** A character as `\\u202e`. */
export function spelt(character: string): string {
  return `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`
}

function cutMiddle(text: string, bytes: number): string {
  if (3 * text.length <= bytes || bytesOf(text) <= bytes) return text
  const half = (bytes - 8) / 2
  const fitting = (characters: readonly string[]): string[] => {
    let size = 0
    const end = characters.findIndex((character) => (size += bytesOf(character)) > half)
    return characters.slice(0, end)
  }
  const begin = fitting([...text.slice(0, bytes)])
  const end = fitting([...text.slice(-bytes)].reverse()).reverse()
  return `${begin.join('')} … ${end.join('')}`
}

/** As UTF-8. */
function bytesOf(text: string): number {
  let bytes = 0
  for (const character of text) {
    const point = character.codePointAt(0)!
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
  }
  return bytes
}
