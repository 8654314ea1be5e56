import type { Tokenizer } from '../tokenizers/tokenizer'

/** One input of the model: a sentence, or a stretch of one that is longer than the model's window. */
export interface Window {
  /** Index of the sentence among those given. */
  sentence: number
  ids: Int32Array
  /** For every token the word (index in the sentence) it is a piece of, -1 for special tokens. */
  wordOfToken: Int32Array
  /** Words whose vectors are taken from this window: [from, to). */
  from: number
  to: number
}

/**
 * Inputs for one sentence. A sentence that fits is one window. A longer one is read in windows that overlap by a
 * quarter, and each word is taken from the window where it is further from the edge, so that no word is lost and
 * none is read without context.
 */
export function windowsOf(tokenizer: Pick<Tokenizer, 'encode'>, sentence: number, words: readonly string[]): Window[] {
  const windows: Window[] = []
  for (let start = 0; ;) {
    const { ids, wordOfToken, wordsTaken } = tokenizer.encode(words, start)
    const previous = windows.at(-1)
    let from = 0
    if (previous) {
      from = Math.floor((start + previous.to) / 2)
      previous.to = from
    }
    windows.push({ sentence, ids, wordOfToken, from, to: wordsTaken })
    if (wordsTaken >= words.length) return windows
    start = Math.max(start + 1, wordsTaken - Math.floor((wordsTaken - start) / 4))
  }
}

/**
 * Groups windows of similar length so that little is padded; a batch has at most `tokenBudget` tokens, padding
 * included.
 */
export function batchesOf(windows: readonly Window[], tokenBudget: number): Window[][] {
  const sorted = [...windows].sort((a, b) => a.ids.length - b.ids.length)
  const batches: Window[][] = []
  let current: Window[] = []
  for (const window of sorted) {
    if (current.length && (current.length + 1) * window.ids.length > tokenBudget) {
      batches.push(current)
      current = []
    }
    current.push(window)
  }
  if (current.length) batches.push(current)
  return batches
}
