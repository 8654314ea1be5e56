import { legible } from '@shared/userError'

/** Why a text is no JSON, in the engine's words and on one line: they repeat a part of the text. */
export function jsonFault(error: unknown): string {
  return legible(error instanceof Error ? error.message : String(error), 160)
}

/**
 * JSON as Python's json module writes it: with NaN, Infinity and -Infinity as numbers, which JSON lacks.
 * @param nan the JSON that stands for NaN: `null`, or a text that whoever asks for a number refuses
 * @throws SyntaxError if the text is not JSON apart from these
 */
export function parsePythonJson(text: string, nan = '"NaN"'): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    const replaced = rewritten(text, nan, false)
    if (replaced === text) throw error
    return JSON.parse(replaced) as unknown
  }
}

/** JSON as Python's json module writes it, indented by 2, with Infinity and -Infinity, which JSON lacks, as such. */
export function pythonJson(value: unknown): string {
  const mark = 'layerscope:infinite '
  const text = JSON.stringify(
    value,
    (_, field: unknown) => (field === Infinity || field === -Infinity ? mark + String(field) : field),
    2
  )
  return `${text.replaceAll(new RegExp(`"${mark}(-?Infinity)"`, 'g'), '$1')}\n`
}

/** Digits beyond which a 64-bit float no longer tells whole numbers apart. */
const exactDigits = 15

/**
 * As `parsePythonJson`, for data: whole numbers that a 64-bit float cannot hold become texts as they are written, so
 * that two of them are never one; NaN is null, no value.
 */
export function parseDataJson(text: string): unknown {
  return parsePythonJson(/\d{16}/.test(text) ? rewritten(text, 'null', true) : text, 'null')
}

/** Whether lists and objects stand within one another more than `limit` deep. */
export function isDeep(text: string, limit: number): boolean {
  if (text.length <= 2 * limit) return false
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at)
    if (character === 0x22) at = endOfText(text, at)
    else if (character === 0x5b || character === 0x7b) {
      if (++depth > limit) return true
    } else if (character === 0x5d || character === 0x7d) depth--
  }
  return false
}

/** Position of the quote that closes the text which begins at `at`. */
function endOfText(text: string, at: number): number {
  for (at++; at < text.length && text.charCodeAt(at) !== 0x22; at++) if (text.charCodeAt(at) === 0x5c) at++
  return at
}

/** The three words outside of texts, 1e999 being read as infinity; and, where asked, long whole numbers as texts. */
function rewritten(text: string, nan: string, longNumbers: boolean): string {
  const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y
  const parts: string[] = []
  let done = 0
  const put = (from: number, length: number, replacement: string): void => {
    parts.push(text.slice(done, from), replacement)
    done = from + length
  }
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at)
    if (character === 0x22) {
      at = endOfText(text, at)
      continue
    }
    const word = character === 0x4e ? 'NaN' : character === 0x49 ? 'Infinity' : null
    if (word && text.startsWith(word, at)) {
      put(at, word.length, word === 'NaN' ? nan : '1e999')
      at = done - 1
    } else if (character === 0x2d || (character >= 0x30 && character <= 0x39)) {
      number.lastIndex = at
      const found = number.exec(text)?.[0]
      if (found === undefined) continue
      if (longNumbers && found.length > exactDigits && /^-?\d+$/.test(found) && !Number.isSafeInteger(Number(found)))
        put(at, found.length, `"${found}"`)
      at += found.length - 1
    }
  }
  return done === 0 ? text : parts.join('') + text.slice(done)
}
