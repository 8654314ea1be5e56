import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import { rowsOfSumOne } from '@shared/rowShares'
import { UserError } from '@shared/userError'
import { captureValues } from '../ablations/resources'
import { joinWindows, tokenBudget } from '../activations/extract'
import { Hooks } from '../models/transformer/hooks'
import type { TransformerModel } from '../models/transformer/transformerModel'
import type { SentenceInput } from './sentenceInput'

/**
 * Value zeroing (Mohebbi et al. 2023, section 3): how far the output of a layer turns at every token, as a cosine
 * distance, when the value vectors of one token are set to zero in all heads; its input stays. Rows are divided by
 * their sum.
 * @param block 0-based
 * @returns [tokens, tokens]: what the token of the column matters to that of the row
 * @throws UserError for a block that cannot be run by itself
 */
export async function valueZeroing(
  model: TransformerModel,
  sentence: SentenceInput,
  block: number,
  job: JobHandle
): Promise<Float32Array> {
  const { config } = model
  if (config.streams || config.blocks[block]!.keysOf !== undefined)
    throw new UserError(
      `Layer ${block + 1} of ${model.info.name} reads values of the layers below it beside its input, so it cannot ` +
        'be run by itself, which value zeroing needs; use the norms of weights times values.'
    )
  const tokens = sentence.ids.length
  const name = `blocks.${block}.resid_pre` as const
  const entering = captureValues(model, sentence, [name]).get(name)!
  const residual = tf.tensor2d(entering, [tokens, entering.length / tokens])
  const plain = outputs(model, sentence, block, residual, [])
  const scores = new Float32Array(tokens * tokens)
  try {
    const atOnce = Math.max(1, Math.floor(tokenBudget() / tokens))
    for (let from = 0; from < tokens; from += atOnce) {
      job.progress(from, tokens, 'Zeroing values')
      await job.yield()
      const zeroed = Array.from({ length: Math.min(atOnce, tokens - from) }, (_, i) => from + i)
      const changed = outputs(model, sentence, block, residual, zeroed)
      const width = changed.length / (zeroed.length * tokens)
      zeroed.forEach((key, i) => {
        for (let query = 0; query < tokens; query++) {
          const row = (values: Float32Array, at: number): Float32Array => values.subarray(at * width, (at + 1) * width)
          scores[query * tokens + key] = turned(row(plain, query), row(changed, i * tokens + query))
        }
      })
    }
  } finally {
    residual.dispose()
  }
  return rowsOfSumOne(scores, tokens)
}

/**
 * The block's output for a sentence with the values of one token zeroed, for each of some tokens, side by side; of none
 * for the sentence as it is.
 */
function outputs(
  model: TransformerModel,
  sentence: SentenceInput,
  block: number,
  residual: Tensor2D,
  zeroed: readonly number[]
): Float32Array {
  const tokens = sentence.ids.length
  const copies = Math.max(1, zeroed.length)
  const kept = new Float32Array(copies * tokens).fill(1)
  zeroed.forEach((token, copy) => (kept[copy * tokens + token] = 0))
  const hooks = new Hooks([
    [`blocks.${block}.attn.v`, (value: Tensor) => tf.mul(value, tf.tensor2d(kept, [copies * tokens, 1]))]
  ])
  const start = { block, residual: tf.tidy(() => tf.tile(residual, [copies, 1])), alone: true }
  let output: Float32Array | null = null
  try {
    model.run(
      joinWindows(Array.from({ length: copies }, () => sentence)),
      {
        hiddenStates: false,
        attentions: false,
        takeHidden: (layer, hidden) => layer === block + 1 && (output = hidden.dataSync<'float32'>())
      },
      { hooks, start }
    )
  } finally {
    start.residual.dispose()
  }
  return output!
}

/** 1 - cosine, by the difference of both as unit vectors: nothing is lost where they are nearly the same. */
function turned(a: Float32Array, b: Float32Array): number {
  const length = (x: Float32Array): number => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0)) || 1
  const [ofA, ofB] = [length(a), length(b)]
  return a.reduce((sum, value, i) => sum + (value / ofA - b[i]! / ofB) ** 2, 0) / 2
}
