import type { Pooling } from '@shared/model'
import type { Window } from './windows'

/**
 * Subword vectors to word vectors for one window.
 * @param hidden [tokens, width] of this window, at `hiddenRow` of a larger array
 * @param target [words, width]; word w of the sentence goes to row `targetRow + w`
 */
export function poolWords(hidden: Float32Array, hiddenRow: number, width: number, window: Window, pooling: Pooling, target: Float32Array, targetRow: number): void {
  const { wordOfToken, from, to } = window
  for (let t = 0; t < wordOfToken.length; ) {
    const word = wordOfToken[t]!
    let end = t + 1
    while (end < wordOfToken.length && wordOfToken[end] === word) end++
    if (word >= from && word < to) {
      const out = (targetRow + word) * width
      if (pooling === 'mean') meanRows(hidden, hiddenRow + t, hiddenRow + end, width, target, out)
      else {
        const row = (hiddenRow + (pooling === 'first' ? t : end - 1)) * width
        target.set(hidden.subarray(row, row + width), out)
      }
    }
    t = end
  }
}

function meanRows(hidden: Float32Array, begin: number, end: number, width: number, target: Float32Array, out: number): void {
  target.fill(0, out, out + width)
  for (let row = begin; row < end; row++) {
    for (let i = 0; i < width; i++) target[out + i]! += hidden[row * width + i]!
  }
  const share = 1 / (end - begin)
  for (let i = 0; i < width; i++) target[out + i]! *= share
}
