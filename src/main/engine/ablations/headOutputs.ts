import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import { joinWindows } from '../activations/extract'
import { configOfBlock } from '../models/transformer/config'
import { Hooks } from '../models/transformer/hooks'
import type { TransformerModel } from '../models/transformer/transformerModel'

/**
 * What a block's attention adds to the residual stream (attn.out, [rows, width]) for some outputs of its heads
 * (attn.result, [rows, heads * headWidth]), row by row. The caller disposes of it.
 */
function attentionOutputs(model: TransformerModel, block: number, results: Tensor2D): Tensor2D {
  const [rows] = results.shape
  // Every row is a sequence of its own; what the blocks above make of it is not looked at.
  const input = joinWindows(Array.from({ length: rows }, () => ({ ids: Int32Array.of(0) })))
  const residual = tf.zeros<tf.Rank.R2>([rows, model.config.width])
  let outputs: Tensor | null = null
  const hooks = new Hooks([[`blocks.${block}.attn.out`, (value) => ((outputs = tf.keep(tf.clone(value))), value)]])
  try {
    model.run(
      input,
      { hiddenStates: false, attentions: false },
      { hooks, start: { block, residual, attended: results, alone: true }, finite: false }
    )
    return outputs! as Tensor2D
  } finally {
    residual.dispose()
  }
}

/**
 * What each head adds by itself, [heads * rows, width], head by head: its output alone, less what none of them adds.
 * @param results of all heads [rows, heads * headWidth], as values
 */
export function headOutputs(model: TransformerModel, block: number, results: Float32Array): Tensor2D {
  const { heads, headWidth, width } = configOfBlock(model.config, block)
  const columns = heads * headWidth
  const rows = results.length / columns
  const alone = new Float32Array((heads * rows + 1) * columns)
  for (let head = 0; head < heads; head++)
    for (let row = 0; row < rows; row++) {
      const from = row * columns + head * headWidth
      alone.set(results.subarray(from, from + headWidth), (head * rows + row) * columns + head * headWidth)
    }
  const given = tf.tensor2d(alone, [heads * rows + 1, columns])
  const outputs = attentionOutputs(model, block, given)
  const each = tf.tidy(() =>
    tf.sub<Tensor2D>(tf.slice(outputs, [0, 0], [heads * rows, width]), tf.slice(outputs, [heads * rows, 0], [1, width]))
  )
  tf.dispose([given, outputs])
  return each
}
