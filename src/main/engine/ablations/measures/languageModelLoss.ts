import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { seededRandom } from '@shared/random'
import type { Window } from '../../activations/windows'
import { tokenLogProbabilities } from '../../models/rowMeasures'
import type { Measure } from './measure'

/** Share of tokens that a masked language model has to guess (Devlin et al. 2019, section 3.1). */
const maskedShare = 0.15

/** Which tokens are asked for: the row whose scores are read and the token that should come there. */
interface Questions {
  rows: Int32Array
  tokens: Int32Array
  /** Window of each question. */
  windows: Int32Array
}

/** Mean of -log p(token) in nats; its exponential is the perplexity. */
export function languageModelLoss(task: 'next' | 'masked', seed: number): Measure {
  return {
    id: 'loss',
    title: task === 'next' ? 'Loss of the next token' : 'Loss of masked tokens',
    unit: 'nats',
    better: 'lower',
    needsLogits: true,
    score({ windows, logits }) {
      const { rows, tokens, windows: windowOf } = task === 'next' ? nextTokens(windows) : maskedTokens(windows, seed)
      const sum = new Float64Array(windows.length)
      const count = new Float64Array(windows.length)
      if (rows.length) {
        const losses = tokenLosses(logits!, rows, tokens)
        losses.forEach((loss, i) => {
          sum[windowOf[i]!]! += loss
          count[windowOf[i]!]!++
        })
      }
      return { sum, count }
    }
  }
}

/** -log softmax(scores of a row)[token], [questions] */
function tokenLosses(logits: Tensor2D, rows: Int32Array, tokens: Int32Array): Float32Array {
  const losses = tf.tidy(() => tf.neg(tokenLogProbabilities(tf.gather(logits, tf.tensor1d(rows, 'int32')), tokens)))
  const values = losses.dataSync<'float32'>()
  losses.dispose()
  return values
}

function nextTokens(windows: readonly Window[]): Questions {
  const rows: number[] = []
  const tokens: number[] = []
  const windowOf: number[] = []
  let row = 0
  windows.forEach(({ ids }, w) => {
    for (let t = 0; t + 1 < ids.length; t++) {
      rows.push(row + t)
      tokens.push(ids[t + 1]!)
      windowOf.push(w)
    }
    row += ids.length
  })
  return { rows: Int32Array.from(rows), tokens: Int32Array.from(tokens), windows: Int32Array.from(windowOf) }
}

function maskedTokens(windows: readonly Window[], seed: number): Questions {
  const rows: number[] = []
  const tokens: number[] = []
  const windowOf: number[] = []
  let row = 0
  windows.forEach((window, w) => {
    for (const t of maskedPlaces(window, seed)) {
      rows.push(row + t)
      tokens.push(window.ids[t]!)
      windowOf.push(w)
    }
    row += window.ids.length
  })
  return { rows: Int32Array.from(rows), tokens: Int32Array.from(tokens), windows: Int32Array.from(windowOf) }
}

/** Places of a window that are masked: about 15 % of its words' tokens and at least one, the same for a seed wherever the window stands. */
function maskedPlaces({ ids, wordOfToken, sentence }: Window, seed: number): number[] {
  const random = seededRandom(seed + 7919 * sentence)
  const own = Array.from(ids.keys()).filter((t) => wordOfToken[t] !== -1)
  const chosen = own.filter(() => random.next() < maskedShare)
  return chosen.length || !own.length ? chosen : [own[random.integer(own.length)]!]
}

/** The windows as a masked language model reads them: the tokens asked for replaced by the mask. */
export function maskWindows(windows: readonly Window[], seed: number, maskId: number): Window[] {
  return windows.map((window) => {
    const ids = window.ids.slice()
    for (const t of maskedPlaces(window, seed)) ids[t] = maskId
    return { ...window, ids }
  })
}
