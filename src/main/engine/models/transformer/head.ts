import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { Kernels, PackedWeight } from '../../backends/kernels'
import type { TransformerConfig } from './config'
import type { HeadWeights, TransformerWeights } from './weights'

/** A score for every token of the vocabulary: (R, W) -> (R, vocabulary). */
export function logitsOf(
  kernels: Kernels,
  config: TransformerConfig,
  weights: TransformerWeights,
  head: HeadWeights,
  last: Tensor2D
): Tensor2D {
  const unembedding = unembeddingOf(kernels, weights, head)
  const pieces = unembedding.length
  return tf.tidy(() => {
    let x = last
    if (head.transform) {
      const { dense, norm } = head.transform
      // The norm of a head is a LayerNorm in every family that has one.
      x = kernels.layerNorm(
        kernels.dense(x, dense.weight, dense.bias, config.head!.transform!.activation),
        norm.gamma,
        norm.beta,
        config.normEpsilon
      )
    }
    let first = 0
    const parts = unembedding.map((piece) => {
      const bias = head.bias && (pieces > 1 ? tf.slice(head.bias, first, piece.outputs) : head.bias)
      first += piece.outputs
      return kernels.dense(x, piece, bias, 'none')
    })
    const logits = pieces > 1 ? tf.concat(parts, 1) : parts[0]!
    const { scale, cap } = config.head!
    const scaled = scale === 1 ? logits : tf.mul<Tensor2D>(logits, scale)
    return cap ? tf.mul(tf.tanh(tf.div(scaled, cap)), cap) : scaled
  })
}

/**
 * The head's matrix. Where it is the token embeddings it is packed on first use: most work needs no logits,
 * and it is as large as the embeddings.
 */
function unembeddingOf(kernels: Kernels, { tokenEmbedding }: TransformerWeights, head: HeadWeights): PackedWeight[] {
  head.unembedding ??= tokenEmbedding.map((piece) => kernels.packTransposed(piece))
  return head.unembedding
}
