import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { AttentionPart } from '../../models/transformer/weightSource'
import type { Parameters, PartChange } from '../parameters'
import type { Adaptation } from '../recipe'

type Lora = Extract<Adaptation, { kind: 'lora' }>

/**
 * What a low-rank pair adds to the matrix of queries or values, (alpha / rank) B A (Hu et al. 2021, section 4.1):
 * [outputs, inputs]. The product with it equals the sum of two products, since nothing comes between them.
 */
export function loraChange({ rank, alpha, parts }: Lora, parameters: Parameters): PartChange {
  return ({ name, block }: AttentionPart) => {
    if (!parts.includes(name)) return null
    const [a, b] = ['a', 'b'].map((matrix) => parameters.get(`lora.${block}.${name}.${matrix}`) as unknown as Tensor2D)
    return tf.mul(tf.matMul(b!, a!), alpha / rank)
  }
}
