import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { Kernels, PackedWeight } from '../../backends/kernels'
import type { TransformerConfig } from './config'
import type { HeadWeights } from './headWeights'
import type { TransformerWeights } from './weights'

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
    const all = x
    if (head.beside) x = tf.slice(all, [0, 0], [-1, unembedding[0]!.inputs])
    let first = 0
    const parts = unembedding.map((piece) => {
      const bias = head.bias && (pieces > 1 ? tf.slice(head.bias, first, piece.outputs) : head.bias)
      first += piece.outputs
      return kernels.dense(x, piece, bias, 'none')
    })
    const joined = pieces > 1 ? tf.concat(parts, 1) : parts[0]!
    const logits = head.beside ? tf.add<Tensor2D>(joined, besideOf(kernels, head.beside, all)) : joined
    const { scale, cap } = config.head!
    const scaled = scale === 1 ? logits : tf.mul<Tensor2D>(logits, scale)
    return cap ? tf.mul(tf.tanh(tf.div(scaled, cap)), cap) : scaled
  })
}

/** What a matrix beside the head's makes of the inputs behind those that the head's reads. */
function besideOf(kernels: Kernels, beside: PackedWeight, x: Tensor2D): Tensor2D {
  const rest = tf.slice(x, [0, x.shape[1] - beside.inputs], [-1, beside.inputs])
  return kernels.dense(rest, beside, null, 'none')
}

/**
 * The head's matrix. Where it is the token embeddings it is packed on first use: most work needs no logits,
 * and it is as large as the embeddings.
 */
function unembeddingOf(kernels: Kernels, { tokenEmbedding }: TransformerWeights, head: HeadWeights): PackedWeight[] {
  head.unembedding ??= tokenEmbedding.map((piece) =>
    piece instanceof tf.Tensor ? kernels.packTransposed(piece) : piece.packTransposed()
  )
  return head.unembedding
}
