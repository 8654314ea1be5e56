import * as tf from '@tensorflow/tfjs-core'
import { scoreQuestions } from './languageModelLoss'
import type { Measure } from './measure'
import { headQuestions, type HeadTask } from './questions'

/**
 * Share of tokens that the head ranks first: what amnesic probing reports of a language model (Elazar et al.
 * 2021, section 4.2).
 */
export function headAccuracy(task: HeadTask, seed: number): Measure {
  return {
    id: 'accuracy',
    title: task === 'next' ? 'Next tokens predicted' : 'Masked tokens predicted',
    unit: 'share',
    better: 'higher',
    needsLogits: true,
    score: ({ windows, logits }) =>
      scoreQuestions(headQuestions(task, windows, seed), windows.length, logits!, (scores, tokens) =>
        tf.cast(tf.equal(tf.argMax(scores, 1), tf.tensor1d(tokens, 'int32')), 'float32')
      )
  }
}
