import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import { tokenLogProbabilities, tokenRanks } from '../../models/transformer/rowMeasures'
import { scoreQuestions } from './languageModelLoss'
import type { Measure } from './measure'
import { questionsOfToken, type HeadTask } from './questions'

/**
 * What the head gives to one token wherever it stands in the corpus: mean probability, and mean rank (1 is the
 * likeliest).
 */
export function watchedToken(task: HeadTask, token: number, text: string): Measure[] {
  const measure = (
    id: string,
    title: string,
    unit: 'share' | 'rank',
    better: Measure['better'],
    valueOf: (scores: Tensor2D, tokens: Int32Array) => Tensor
  ): Measure => ({
    id,
    title,
    unit,
    better,
    needsLogits: true,
    score: ({ windows, logits }) =>
      scoreQuestions(questionsOfToken(task, windows, token), windows.length, logits!, valueOf)
  })
  return [
    measure('watched.probability', `Probability of “${text}” where it stands`, 'share', 'higher', (scores, tokens) =>
      tf.exp(tokenLogProbabilities(scores, tokens))
    ),
    measure('watched.rank', `Rank of “${text}” where it stands`, 'rank', 'lower', tokenRanks)
  ]
}
