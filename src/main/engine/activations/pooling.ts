import type { Pooling } from '@shared/model'
import type { RowSpans } from '../backends/kernels'
import type { Window } from './windows'

/**
 * The rows that make up each word of some windows, one after another in a batch, and the row of `target` that takes it.
 * @param rowOf row of the first word of each sentence
 */
export function wordSpans(windows: readonly Window[], pooling: Pooling, rowOf: readonly number[]): RowSpans {
  const starts: number[] = []
  const counts: number[] = []
  const targets: number[] = []
  let first = 0
  for (const window of windows) {
    for (const { word, begin, end } of wordsIn(window)) {
      starts.push(first + (pooling === 'last' ? end - 1 : begin))
      counts.push(pooling === 'mean' ? end - begin : 1)
      targets.push(rowOf[window.sentence]! + word)
    }
    first += window.ids.length
  }
  return { starts: Int32Array.from(starts), counts: Int32Array.from(counts), targets: Int32Array.from(targets) }
}

/**
 * Subword vectors to word vectors for one window.
 * @param hidden [tokens, width] of this window, at `hiddenRow` of a larger array
 * @param target [words, width]; word w of the sentence goes to row `targetRow + w`
 */
export function poolWords(
  hidden: Float32Array,
  hiddenRow: number,
  width: number,
  window: Window,
  pooling: Pooling,
  target: Float32Array,
  targetRow: number
): void {
  for (const { word, begin, end } of wordsIn(window)) {
    const out = (targetRow + word) * width
    if (pooling === 'mean') meanRows(hidden, hiddenRow + begin, hiddenRow + end, width, target, out)
    else {
      const row = (hiddenRow + (pooling === 'first' ? begin : end - 1)) * width
      target.set(hidden.subarray(row, row + width), out)
    }
  }
}

/** The words taken from a window, each with its tokens [begin, end). */
function* wordsIn({ wordOfToken, from, to }: Window): Generator<{ word: number; begin: number; end: number }> {
  for (let begin = 0; begin < wordOfToken.length;) {
    const word = wordOfToken[begin]!
    let end = begin + 1
    while (end < wordOfToken.length && wordOfToken[end] === word) end++
    if (word >= from && word < to) yield { word, begin, end }
    begin = end
  }
}

function meanRows(
  hidden: Float32Array,
  begin: number,
  end: number,
  width: number,
  target: Float32Array,
  out: number
): void {
  target.fill(0, out, out + width)
  for (let row = begin; row < end; row++) {
    for (let i = 0; i < width; i++) target[out + i]! += hidden[row * width + i]!
  }
  const share = 1 / (end - begin)
  for (let i = 0; i < width; i++) target[out + i]! *= share
}
