import { seededRandom } from '@shared/random'
import type { Window } from '../../activations/windows'

/**
 * Which tokens a head must predict: the row whose scores are read and the correct token; all
 * [questions].
 */
export interface Questions {
  rows: Int32Array
  tokens: Int32Array
  /** Window of each question. */
  windows: Int32Array
}

/** What a language-model head predicts: the next token if attention is causal, otherwise masked tokens. */
export type HeadTask = 'next' | 'masked'

/** Share of tokens that a masked language model must predict (Devlin et al. 2019, section 3.1). */
const maskedShare = 0.15

/** The questions of a corpus as `task` asks them; of masked ones those that `maskWindows` hides with the same seed. */
export function headQuestions(task: HeadTask, windows: readonly Window[], seed: number): Questions {
  return task === 'next'
    ? questionsAt(windows, nextPlaces, 1)
    : questionsAt(windows, (window) => maskedPlaces(window, seed), 0)
}

/** Every place where one token must be predicted: at a mask, or as the next token. */
export function questionsOfToken(task: HeadTask, windows: readonly Window[], token: number): Questions {
  return task === 'next'
    ? questionsAt(windows, (window) => nextPlaces(window).filter((t) => window.ids[t + 1] === token), 1)
    : questionsAt(windows, (window) => placesOfToken(window, token), 0)
}

/** The windows as a masked language model reads them: the tokens to predict replaced by the mask. */
export function maskWindows(windows: readonly Window[], seed: number, maskId: number): Window[] {
  return windows.map((window) => masked(window, maskedPlaces(window, seed), maskId))
}

/** The same with one token hidden wherever it occurs. */
export function maskToken(windows: readonly Window[], token: number, maskId: number): Window[] {
  return windows.map((window) => masked(window, placesOfToken(window, token), maskId))
}

/** @param ahead how many tokens after its row the correct token is */
function questionsAt(
  windows: readonly Window[],
  placesOf: (window: Window) => readonly number[],
  ahead: 0 | 1
): Questions {
  const rows: number[] = []
  const tokens: number[] = []
  const windowOf: number[] = []
  let row = 0
  windows.forEach((window, w) => {
    for (const t of placesOf(window)) {
      rows.push(row + t)
      tokens.push(window.ids[t + ahead]!)
      windowOf.push(w)
    }
    row += window.ids.length
  })
  return { rows: Int32Array.from(rows), tokens: Int32Array.from(tokens), windows: Int32Array.from(windowOf) }
}

function nextPlaces({ ids }: Window): number[] {
  return Array.from({ length: ids.length - 1 }, (_, t) => t)
}

/**
 * Places of a window that are masked: about 15 % of its words' tokens and at least one, the same for a seed wherever
 * the window is.
 */
function maskedPlaces({ ids, wordOfToken, sentence }: Window, seed: number): number[] {
  const random = seededRandom(seed + 7919 * sentence)
  const wordTokens = Array.from(ids.keys()).filter((t) => wordOfToken[t] !== -1)
  const chosen = wordTokens.filter(() => random.next() < maskedShare)
  return chosen.length || !wordTokens.length ? chosen : [wordTokens[random.integer(wordTokens.length)]!]
}

function placesOfToken({ ids }: Window, token: number): number[] {
  return Array.from(ids.keys()).filter((t) => ids[t] === token)
}

function masked(window: Window, places: readonly number[], maskId: number): Window {
  const ids = window.ids.slice()
  for (const t of places) ids[t] = maskId
  return { ...window, ids }
}
