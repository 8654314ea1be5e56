import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { LogitLens, TokenGuess } from '@shared/ablation'
import { tensorData } from '@shared/tensorData'
import type { Hooks } from '../models/transformer/hooks'
import type { LoadedModel } from '../models/model'
import type { TokenBatch } from '../models/transformer/transformer'
import { bestGuesses, free } from './sentenceEffect'

/**
 * The language-model head applied to every layer: the prediction if the model ended there (nostalgebraist 2020). The
 * final norm comes before the head, as at the top. The top row is the model's own prediction.
 * @param watched token ids whose log-probability and rank are measured
 * @param translate of a tuned lens: what is read in place of the state of a layer below the top; the caller's function
 * gives a tensor of its own
 */
export function logitLens(
  model: LoadedModel,
  input: TokenBatch,
  watched: readonly number[],
  hooks: Hooks | undefined,
  translate?: (state: Tensor2D, layer: number) => Tensor2D
): LogitLens {
  const tokens = input.ids.length
  const tokenizer = model.needTokenizer()
  const text = (id: number): string => tokenizer.tokenText(id)
  const run = model.run(input, { hiddenStates: true, attentions: false }, { hooks })
  try {
    const layers = run.hiddenStates.length
    const best: TokenGuess[][] = []
    const follow = watched.map((id) => ({
      id,
      logProbability: new Float32Array(layers * tokens),
      rank: new Float32Array(layers * tokens)
    }))
    run.hiddenStates.forEach((state, layer) => {
      const read = translate && layer < layers - 1 ? translate(state, layer) : null
      const logits = model.readOut(read ?? state, layer)
      read?.dispose()
      best.push(bestGuesses(logits, 1, text).map(([guess]) => guess!))
      for (const { id, logProbability, rank } of follow) {
        const [logProbabilities, ahead] = tf.tidy(() => {
          const mine = tf.slice(logits, [0, id], [tokens, 1])
          return [tf.sub(mine, tf.logSumExp(logits, 1, true)), tf.sum(tf.cast(tf.greater(logits, mine), 'int32'), 1)]
        }) as [tf.Tensor, tf.Tensor]
        logProbability.set(logProbabilities.dataSync<'float32'>(), layer * tokens)
        ahead.dataSync<'int32'>().forEach((count, t) => (rank[layer * tokens + t] = count + 1))
        tf.dispose([logProbabilities, ahead])
      }
      logits.dispose()
    })
    return {
      tokens: Array.from(input.ids, text),
      best,
      watched: follow.map(({ id, logProbability, rank }) => ({
        text: text(id),
        logProbability: tensorData([layers, tokens], logProbability),
        rank: tensorData([layers, tokens], rank)
      }))
    }
  } finally {
    free(run)
  }
}
