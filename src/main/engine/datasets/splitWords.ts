import { unspacedScripts } from '@shared/words'

/** The words of a text and, for each, whether a space follows it. */
export interface WordsOfText {
  words: string[]
  spaceAfter: boolean[]
}

const piece = new RegExp(`[${unspacedScripts}]\\p{M}*|[^${unspacedScripts}]+`, 'gu')
const ascii = /^[A-Za-z0-9]+$/
const mark = /^[\p{P}\p{S}]$/u

/**
 * Splits text that comes without word boundaries: at white space; punctuation and symbols at either end of a piece
 * become words of their own, runs of one mark ("...", "!!") staying together; inside a word they stay ("don't",
 * "e-mail", "3.14").
 */
export function splitWords(text: string): WordsOfText {
  const words: string[] = []
  const spaceAfter: boolean[] = []
  for (const chunk of text.split(/\s+/u)) {
    if (chunk === '') continue
    if (ascii.test(chunk)) words.push(chunk)
    else for (const part of chunk.match(piece) ?? []) pushPart(part, words)
    while (spaceAfter.length < words.length - 1) spaceAfter.push(false)
    spaceAfter.push(true)
  }
  return { words, spaceAfter }
}

function pushPart(part: string, words: string[]): void {
  const characters = Array.from(part)
  let start = 0
  let end = characters.length
  while (start < end && mark.test(characters[start] ?? '')) start++
  while (end > start && mark.test(characters[end - 1] ?? '')) end--
  pushRuns(characters.slice(0, start), words)
  if (start < end) words.push(characters.slice(start, end).join(''))
  pushRuns(characters.slice(end), words)
}

/** One word for each run of the same mark. */
function pushRuns(marks: string[], words: string[]): void {
  marks.forEach((character, index) => {
    if (index > 0 && marks[index - 1] === character) words[words.length - 1] += character
    else words.push(character)
  })
}

/** Where each word starts in the text that the words are taken from, in order; null when they do not fit together. */
export function wordStarts(words: readonly string[], text: string): number[] | null {
  const starts: number[] = []
  let at = 0
  for (const word of words) {
    const gap = /\s*/uy
    gap.lastIndex = at
    at += gap.exec(text)?.[0].length ?? 0
    if (!text.startsWith(word, at)) return null
    starts.push(at)
    at += word.length
  }
  return starts
}

/** Finds given words in a given text, in order, and where the spaces are; null when they do not fit together. */
export function alignSpaces(words: readonly string[], text: string): boolean[] | null {
  const starts = wordStarts(words, text)
  return starts && words.map((word, index) => (starts[index + 1] ?? Infinity) > starts[index]! + word.length)
}
