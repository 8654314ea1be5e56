import * as tf from '@tensorflow/tfjs-core'
import type { Scalar, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import type { AttributionMethod } from '@shared/attribution'
import type { JobHandle } from '@shared/jobs'
import { joinWindows, tokenBudget } from '../activations/extract'
import type { TokenBatch } from '../models/transformer/batch'
import { gradientsOf } from '../training/gradients'
import type { HeadBatch } from '../training/heads'
import type { TrainablePass } from '../training/trainable'
import type { TrainableTransformer } from '../training/trainableTransformer'
import { gaussLegendre } from './gaussLegendre'
import type { SentenceInput } from './sentenceInput'

/** The score of each sequence of a batch that is attributed, [sequences]. Within a gradient. */
export type ScoreOf = (pass: TrainablePass, batch: HeadBatch) => Tensor1D

export interface AttributionWay {
  method: AttributionMethod
  /** Points of integrated gradients. */
  steps: number
  /** Tokens that integrated gradients start from, of the sentence's length; null for vectors of zeros. */
  baseline: Int32Array | null
}

export interface Attributed {
  /** Of each token. */
  values: Float32Array
  value: number
  /** Of integrated gradients alone. */
  baselineValue: number | null
}

/** Sequences of one gradient: what is kept for it grows with them. */
const mostSequences = 16

/**
 * Attributes a score to the tokens of one sentence by its gradient with respect to their embeddings; positions are not
 * changed. `gradient`: its length (Simonyan et al. 2014). `gradientInput`: its product with the embedding (Shrikumar et
 * al. 2017). `integrated`: its mean on the straight path from a baseline to the embedding, times the difference of both
 * (Sundararajan et al. 2017, equation 1), by Gauss-Legendre quadrature.
 */
export async function attribute(
  model: TrainableTransformer,
  sentence: SentenceInput,
  { method, steps, baseline }: AttributionWay,
  scoreOf: ScoreOf,
  job: JobHandle
): Promise<Attributed> {
  const { ids } = sentence
  const input = model.tokenVectors(ids)
  const start = baseline ? model.tokenVectors(baseline) : tf.zerosLike(input)
  const { points, weights } =
    method === 'integrated' ? gaussLegendre(steps) : { points: Float64Array.of(1), weights: Float64Array.of(1) }
  let total: Tensor2D = tf.zerosLike(input)
  try {
    const most = Math.max(1, Math.min(mostSequences, Math.floor(tokenBudget() / ids.length)))
    for (let from = 0; from < points.length; from += most) {
      job.progress(from, points.length, 'Following gradients')
      await job.yield()
      const to = Math.min(points.length, from + most)
      const vectors = tf.tidy(() =>
        tf.concat(
          Array.from(points.subarray(from, to), (point) => tf.add<Tensor2D>(start, tf.mul(tf.sub(input, start), point)))
        )
      )
      const sum = gradientSum(model, repeated(sentence, to - from), vectors, weights.subarray(from, to), scoreOf)
      const next = tf.add<Tensor2D>(total, sum)
      tf.dispose([vectors, sum, total])
      total = next
    }
    const values = tf.tidy(() => {
      if (method === 'gradient') return tf.norm(total, 2, 1).dataSync<'float32'>()
      const way = method === 'integrated' ? tf.sub(input, start) : input
      return tf.sum(tf.mul(way, total), 1).dataSync<'float32'>()
    })
    const ends = method === 'integrated' ? [input, start] : [input]
    const [value, baselineValue] = tf.tidy(() => {
      const batch = repeated(sentence, ends.length)
      return scoreOf(model.run(batch.tokens, undefined, tf.concat(ends)), batch).dataSync()
    })
    return { values, value: value!, baselineValue: baselineValue ?? null }
  } finally {
    tf.dispose([input, start, total])
  }
}

/** The sum of the gradients [tokens, width] of the scores of some versions of a sentence, each times its weight. */
function gradientSum(
  model: TrainableTransformer,
  batch: HeadBatch,
  vectors: Tensor2D,
  weights: Float64Array,
  scoreOf: ScoreOf
): Tensor2D {
  const tokens = tf.variable(vectors)
  const { value, gradients } = gradientsOf(
    () =>
      tf.sum(
        tf.mul(
          scoreOf(model.run(batch.tokens, undefined, tokens as unknown as Tensor2D), batch),
          tf.tensor1d([...weights])
        )
      ) as Scalar,
    new Map([['tokens', tokens]])
  )
  const gradient = gradients.tokens!
  const sum = tf.tidy(
    () => tf.sum(tf.reshape(gradient, [batch.sequences, batch.length, vectors.shape[1]]), 0) as Tensor2D
  )
  tf.dispose([value, gradient, tokens])
  return sum
}

/** A sentence as often as wanted, side by side. */
export function repeated(sentence: SentenceInput, sequences: number): HeadBatch & { tokens: TokenBatch } {
  const tokens = joinWindows(Array.from({ length: sequences }, () => sentence))
  return { tokens, sequences, length: sentence.ids.length, lengths: tokens.lengths, spans: null }
}
