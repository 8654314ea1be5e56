import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import { tokenLogProbabilities, tokenRanks } from '../../models/transformer/rowMeasures'
import { scoreQuestions } from './languageModelLoss'
import type { Measure } from './measure'
import { questionsOfToken, type HeadTask } from './questions'

/**
 * The head's scores of one token wherever it occurs in the corpus: mean probability, and mean rank (1 is the most
 * probable).
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
    measure('watched.probability', `Probability of “${text}” where it occurs`, 'share', 'higher', (scores, tokens) =>
      tf.exp(tokenLogProbabilities(scores, tokens))
    ),
    measure('watched.rank', `Rank of “${text}” where it occurs`, 'rank', 'lower', tokenRanks)
  ]
}
