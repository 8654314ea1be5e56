import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { LoadedModel } from '../models/model'
import { eachLayerMap } from './layerMaps'
import type { SentenceInput } from './sentenceInput'

/** Half of the mean of heads, half the residual connection (Abnar & Zuidema 2020, section 3): [tokens, tokens]. */
export function withResidual(map: Tensor2D): Tensor2D {
  return tf.tidy(() => tf.mul(0.5, tf.add(map, tf.eye(map.shape[0]))))
}

/**
 * Attention rollout (Abnar & Zuidema 2020, equation 1): the maps of the layers, with the residual connection,
 * multiplied up to a layer.
 * @param layers counted from 1
 * @returns [tokens, tokens]; rows sum to 1
 */
export function rollout(model: LoadedModel, sentence: SentenceInput, layers: number): Float32Array {
  let product: Tensor2D = tf.eye(sentence.ids.length)
  eachLayerMap(model, sentence, layers, 'mean', (map) => {
    const next = tf.tidy(() => tf.matMul<Tensor2D>(withResidual(map), product))
    product.dispose()
    product = next
  })
  return values(product)
}

/** The mean, or the largest, of the weights of all heads of the layers up to one: [tokens, tokens]. */
export function overLayers(
  model: LoadedModel,
  sentence: SentenceInput,
  layers: number,
  reduce: 'mean' | 'max'
): Float32Array {
  const tokens = sentence.ids.length
  let all: Tensor2D = tf.zeros([tokens, tokens])
  let count = 0
  eachLayerMap(model, sentence, layers, reduce, (map) => {
    const next = reduce === 'mean' ? tf.add<Tensor2D>(all, map) : tf.maximum<Tensor2D>(all, map)
    all.dispose()
    all = next
    count++
  })
  const result = values(all)
  return reduce === 'mean' ? result.map((sum) => sum / count) : result
}

function values(tensor: Tensor2D): Float32Array {
  const data = tensor.dataSync<'float32'>()
  tensor.dispose()
  return data
}
