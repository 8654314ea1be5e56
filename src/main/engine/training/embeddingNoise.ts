import * as tf from '@tensorflow/tfjs-core'
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core'
import { UserError } from '@shared/userError'
import { gradientsOf } from './gradients'
import type { Trainable } from './trainable'
import type { TrainingBatch } from './trainingBatch'

/**
 * Noise on token embeddings; sizes are shares of the length of a sequence's embeddings, all its numbers as one vector.
 * `random`: in a drawn direction. `adversarial`: in the direction in which the answers change most, by one step of the
 * power method from a drawn one (Miyato et al. 2019, section 3.3; on embeddings Miyato, Dai & Goodfellow 2017).
 */
export type EmbeddingNoise =
  | { kind: 'random'; size: number }
  | {
      kind: 'adversarial'
      size: number
      /** Of the noise at which the gradient is taken. */
      step: number
    }

/** Rows of the token embeddings of a batch: (R, E). @throws UserError for what has no embeddings */
export function embeddingsOf(model: Trainable, { tokens }: TrainingBatch): Tensor2D {
  if (!model.tokenVectors) throw new UserError('Noise is added to the embeddings of a model, and this one has none.')
  return model.tokenVectors(tokens.ids)
}

/**
 * What is added to the embeddings of a batch (R, E); 0 where there is padding.
 * @param divergence how far the answers are from those without noise, for embeddings (R, E)
 * @throws UserError for a batch without a drawn direction
 */
export function noiseOf(
  noise: EmbeddingNoise,
  model: Trainable,
  batch: TrainingBatch,
  divergence: (embeddings: Tensor2D) => Scalar
): Tensor2D {
  if (!batch.noise) throw new UserError("A batch of consistency under noise needs 'embedding_noise'.")
  const embeddings = embeddingsOf(model, batch)
  const drawn = tf.tensor2d(batch.noise(embeddings.shape[1]), embeddings.shape)
  if (noise.kind === 'random') return sized(drawn, embeddings, noise.size, batch)
  const start = tf.variable(sized(drawn, embeddings, noise.step, batch))
  try {
    const loss = (): Scalar => divergence(tf.add(embeddings, start))
    const { gradients } = gradientsOf(loss, new Map([['noise', start]]))
    return sized(gradients['noise'] as Tensor2D, embeddings, noise.size, batch)
  } finally {
    start.dispose()
  }
}

/** A direction (R, E), of each sequence made as long as a share of its embeddings. */
function sized(direction: Tensor2D, embeddings: Tensor2D, size: number, batch: TrainingBatch): Tensor2D {
  const { sequences, length, tokens } = batch
  const [rows, width] = embeddings.shape
  const real = tf.tensor2d(tokens.mask ?? new Uint8Array(rows).fill(1), [rows, 1], 'float32')
  const lengths = (values: Tensor2D): Tensor2D => {
    const squares = tf.reshape(tf.square(tf.mul(values, real)), [sequences, length * width])
    return tf.sqrt(tf.sum(squares, 1, true))
  }
  const factors = tf.mul(size, tf.divNoNan(lengths(embeddings), lengths(direction)))
  const each = tf.reshape(tf.tile(factors, [1, length]), [rows, 1])
  return tf.mul(tf.mul(direction, real), each)
}
