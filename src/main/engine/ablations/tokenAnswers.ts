import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { TokenAnswers } from '@shared/sentence'
import { bestGuesses } from './sentenceEffect'

/**
 * The likeliest tokens at some places, with the token that is in the text.
 * @param logits [places, vocabulary]; stay the caller's
 * @param actualAt the id of the token in the text; undefined where there is none
 */
export function tokenAnswers(
  logits: Tensor2D,
  places: readonly number[],
  count: number,
  actualAt: (place: number) => number | undefined,
  text: (id: number) => string
): TokenAnswers[] {
  const guesses = bestGuesses(logits, count, text)
  return places.map((place, row) => {
    const actual = actualAt(place)
    return {
      place,
      guesses: guesses[row]!,
      actual: actual === undefined ? null : { text: text(actual), ...placeOf(logits, row, actual) }
    }
  })
}

function placeOf(logits: Tensor2D, row: number, id: number): { probability: number; rank: number } {
  const [probability, ahead] = tf.tidy(() => {
    const scores = tf.slice(logits, [row, 0], [1, logits.shape[1]])
    const ofToken = tf.slice(scores, [0, id], [1, 1])
    return [tf.exp(tf.sub(ofToken, tf.logSumExp(scores))), tf.sum(tf.cast(tf.greater(scores, ofToken), 'int32'))]
  }) as [tf.Tensor, tf.Tensor]
  const answer = { probability: probability.dataSync()[0]!, rank: ahead.dataSync()[0]! + 1 }
  tf.dispose([probability, ahead])
  return answer
}
