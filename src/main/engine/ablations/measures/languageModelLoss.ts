import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { tokenLogProbabilities } from '../../models/transformer/rowMeasures'
import { readOut } from '../../probes/solvers/readOut'
import type { Measure, Scores } from './measure'
import { headQuestions, type HeadTask, type Questions } from './questions'

/** Mean of -log p(token) in nats; its exponential is the perplexity. */
export function languageModelLoss(task: HeadTask, seed: number): Measure {
  return {
    id: 'loss',
    title: task === 'next' ? 'Loss of the next token' : 'Loss of masked tokens',
    unit: 'nats',
    better: 'lower',
    needsLogits: true,
    score: ({ windows, logits }) =>
      scoreQuestions(headQuestions(task, windows, seed), windows.length, logits!, tokenLosses)
  }
}

/**
 * Sums of the questions' values, by window.
 * @param valueOf of the scores of the questions' rows [questions, vocabulary] and their correct tokens ->
 * [questions]
 */
export function scoreQuestions(
  { rows, tokens, windows: windowOf }: Questions,
  windows: number,
  logits: Tensor2D,
  valueOf: (scores: Tensor2D, tokens: Int32Array) => tf.Tensor
): Scores {
  const sum = new Float64Array(windows)
  const count = new Float64Array(windows)
  if (rows.length) {
    readOut(tf.tidy(() => valueOf(tf.gather(logits, tf.tensor1d(rows, 'int32')), tokens))).forEach((value, i) => {
      sum[windowOf[i]!]! += value
      count[windowOf[i]!]!++
    })
  }
  return { sum, count }
}

/** -log softmax(scores of a row)[token], [questions] */
function tokenLosses(scores: Tensor2D, tokens: Int32Array): tf.Tensor {
  return tf.neg(tokenLogProbabilities(scores, tokens))
}
