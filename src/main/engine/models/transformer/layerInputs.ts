import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core'
import type { Kernels } from '../../backends/kernels'
import type { TokenBatch } from './batch'
import type { BlockContext } from './blockContext'
import type { TransformerConfig } from './config'
import { checkIds, embed, rowsOf } from './embeddings'
import type { LayerInputGate } from './layerInputWeights'
import { normalise, rootMeanSquare } from './norms'
import type { TransformerWeights } from './weights'

/**
 * The vectors of all layers, (R, layers, width): rows of the table and the projected token embeddings, normed layer by
 * layer, added up (Gemma4TextModel.project_per_layer_inputs in transformers). Hooks on `embed` do not change them.
 * @param tokens in place of the rows of the token embeddings
 * @throws UserError for a token that the table has no row of
 */
export function layerInputsOf(
  kernels: Kernels,
  config: TransformerConfig,
  weights: TransformerWeights,
  input: TokenBatch,
  tokens?: Tensor2D
): Tensor3D | null {
  const { layerInputs, layers, normEpsilon } = config
  if (!layerInputs) return null
  const { width, vocabulary } = layerInputs
  const { table, projection, projectionNorm } = weights.layerInputs!
  checkIds(input.ids, vocabulary)
  return tf.tidy(() => {
    const shape: [number, number, number] = [input.ids.length, layers, width]
    const embeddings = embed(kernels, config, weights, input, tokens)
    const projected = tf.mul(kernels.dense(embeddings, projection.weight, null, 'none'), 1 / Math.sqrt(config.width))
    const normed = rootMeanSquare(tf.reshape(projected, shape), projectionNorm.gamma, normEpsilon)
    const rows = tf.reshape(tf.mul(rowsOf(table, input.ids), Math.sqrt(width)), shape)
    return tf.mul<Tensor3D>(tf.add(normed, rows), Math.SQRT1_2)
  })
}

/** What a block's vector adds to resid_post: norm(out(activation(gate(x)) * vector)), (R, W) -> (R, W). */
export function layerInputTerm(
  { kernels, config, layerInputs }: BlockContext,
  index: number,
  { gate, out, norm }: LayerInputGate,
  x: Tensor2D
): Tensor2D {
  const { width } = config.layerInputs!
  const vector = tf.reshape(tf.slice(layerInputs!, [0, index, 0], [-1, 1, -1]), [x.shape[0], width])
  const opened = tf.mul<Tensor2D>(kernels.dense(x, gate.weight, null, config.activation), vector)
  return normalise(kernels, config, norm, kernels.dense(opened, out.weight, null, 'none'))
}
