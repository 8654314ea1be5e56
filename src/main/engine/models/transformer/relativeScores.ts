import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { Kernels } from '../../backends/kernels'
import { toSequences, type BatchShape } from './batch'
import type { RelativePositions, TransformerConfig } from './config'
import { logBucket } from './distances'
import type { BlockWeights } from './weights'

type Disentangled = Extract<RelativePositions, { kind: 'disentangled' }>
type TransformerXl = Extract<RelativePositions, { kind: 'transformerXl' }>

/**
 * The distances query minus key that occur, T - 1 ... -(T - 1): column m of what `skew` takes is distance T - 1 - m.
 */
function distancesOf(tokens: number): number[] {
  return Array.from({ length: 2 * tokens - 1 }, (_, m) => tokens - 1 - m)
}

/**
 * (B, H, T, 2 T - 1), a score for every query and distance -> (B, H, T, T), one for every query and key. The shift is
 * one of addresses alone: the flat index of (q, T - 1 - q + k) is that of (q, k) in rows shorter by one.
 */
function skew(scores: Tensor): Tensor4D {
  const [batch, heads, tokens, distances] = scores.shape as [number, number, number, number]
  if (tokens === 1) return scores as Tensor4D
  const flat = tf.reshape(scores, [batch, heads, tokens * distances])
  const shifted = tf.slice(flat, [0, 0, tokens - 1], [batch, heads, tokens * (distances - 1)])
  return tf.slice(
    tf.reshape(shifted, [batch, heads, tokens, distances - 1]),
    [0, 0, 0, 0],
    [batch, heads, tokens, tokens]
  ) as Tensor4D
}

/** (R, H dHead) -> (B, H, T, dHead) */
function byHead(rows: Tensor2D, config: TransformerConfig, shape: BatchShape): Tensor {
  const sequences = tf.reshape(toSequences(rows, shape), [shape.batch, shape.tokens, config.heads, config.headWidth])
  return tf.transpose(sequences, [0, 2, 1, 3])
}

/** (B, H, T, dHead) x (distances, H dHead) -> (B, H, T, distances) */
function againstDistances(x: Tensor, distances: Tensor2D, config: TransformerConfig): Tensor {
  const count = distances.shape[0]
  const [batch, heads, tokens, headWidth] = x.shape as [number, number, number, number]
  // (H, dHead, distances); sequences side by side: (H, B T, dHead) x (H, dHead, distances)
  const columns = tf.transpose(tf.reshape(distances, [count, config.heads, config.headWidth]), [1, 2, 0])
  const rows = tf.reshape(tf.transpose(x, [1, 0, 2, 3]), [heads, batch * tokens, headWidth])
  return tf.transpose(tf.reshape(tf.matMul(rows, columns), [heads, batch, tokens, count]), [1, 0, 2, 3])
}

/**
 * Content against distance, distance against content (He et al. 2021, eq. 4), scaled: (B, H, T, T). `table` holds the
 * embedded distances (2 span, W), normed where the config says so.
 */
export function disentangledScores(
  kernels: Kernels,
  config: TransformerConfig,
  relative: Disentangled,
  block: BlockWeights,
  table: Tensor2D,
  qkv: Tensor2D,
  shape: BatchShape,
  scale: number
): Tensor4D {
  return tf.tidy(() => {
    const width = config.heads * config.headWidth
    const rows = qkv.shape[0]
    const span = table.shape[0] / 2
    const bucketed = relative.buckets > 0
    const bucketOf = (distance: number): number =>
      bucketed ? logBucket(distance, relative.buckets, relative.maxDistance) : distance
    const rowOf = (distance: number): number => Math.min(2 * span - 1, Math.max(0, distance + span))
    const embedded = relative.sharedProjections
      ? kernels.dense(table, block.qkv!.weight, block.qkv!.bias, 'none')
      : null
    const terms: Tensor4D[] = []
    if (relative.contentToPosition) {
      const keys = embedded
        ? tf.slice(embedded, [0, width], [2 * span, width])
        : kernels.dense(table, block.relativeKey!.weight, block.relativeKey!.bias, 'none')
      const picked = tf.gather(
        keys,
        tf.tensor1d(
          distancesOf(shape.tokens).map((distance) => rowOf(bucketOf(distance))),
          'int32'
        )
      )
      const queries = byHead(tf.slice(qkv, [0, 0], [rows, width]), config, shape)
      terms.push(skew(againstDistances(queries, picked, config)))
    }
    if (relative.positionToContent) {
      const queries = embedded
        ? tf.slice(embedded, [0, 0], [2 * span, width])
        : kernels.dense(table, block.relativeQuery!.weight, block.relativeQuery!.bias, 'none')
      // Seen from the key the distance is key minus query; the bucket of that, turned round, picks the row.
      const picked = tf.gather(
        queries,
        tf.tensor1d(
          distancesOf(shape.tokens).map((distance) => rowOf(-bucketOf(distance))),
          'int32'
        )
      )
      const keys = byHead(tf.slice(qkv, [0, width], [rows, width]), config, shape)
      terms.push(tf.transpose(skew(againstDistances(keys, picked, config)), [0, 1, 3, 2]))
    }
    return tf.mul(tf.addN(terms), scale) as Tensor4D
  })
}

/**
 * Terms (b), (d) of Dai et al. 2019, section 3.3, and the segments of Yang et al. 2019, section 2.4, scaled: (B, H,
 * T, T). The bias for content is part of the queries already (it is the bias of their projection); those for
 * positions and segments are stored as differences from it.
 */
export function transformerXlScores(
  config: TransformerConfig,
  relative: TransformerXl,
  block: BlockWeights,
  qkv: Tensor2D,
  shape: BatchShape,
  segments: Int32Array | null,
  scale: number
): Tensor4D {
  return tf.tidy(() => {
    const { transformerXl } = block
    if (!transformerXl) throw new Error('The block was read without the weights of relative positions.')
    const width = config.heads * config.headWidth
    const queries = tf.slice(qkv, [0, 0], [qkv.shape[0], width])
    const waves = tf.matMul(
      sinusoidsOf(distancesOf(shape.tokens), config.width, relative.clamp),
      transformerXl.projection
    )
    const placed = byHead(tf.add(queries, transformerXl.positionBias) as Tensor2D, config, shape)
    let scores = skew(againstDistances(placed, waves as Tensor2D, config))
    if (segments) {
      const marked = byHead(tf.add(queries, transformerXl.segmentBias) as Tensor2D, config, shape)
      // (B, H, T, 2): for keys of the query's own segment and of the other
      const both = againstDistances(marked, transformerXl.segmentPair, config)
      const [own, other] = tf.split(both, 2, 3) as [Tensor, Tensor]
      const mine = tf.reshape(toSequences(tf.tensor2d(Float32Array.from(segments), [segments.length, 1]), shape), [
        shape.batch,
        1,
        shape.tokens,
        1
      ])
      const differs = tf.cast(tf.notEqual(mine, tf.transpose(mine, [0, 1, 3, 2])), 'float32')
      scores = tf.add(scores, tf.add(own, tf.mul(differs, tf.sub(other, own)))) as Tensor4D
    }
    return tf.mul(scores, scale) as Tensor4D
  })
}

/** Sines, then cosines, of each distance (Dai et al. 2019): (distances, width) */
function sinusoidsOf(distances: readonly number[], width: number, clamp: number): Tensor2D {
  const half = width / 2
  const values = new Float32Array(distances.length * width)
  distances.forEach((distance, row) => {
    const place = clamp > 0 ? Math.min(clamp, Math.max(-clamp, distance)) : distance
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(place * Math.fround(1 / Math.fround(10_000 ** Math.fround((2 * i) / width))))
      values[row * width + i] = Math.sin(angle)
      values[row * width + half + i] = Math.cos(angle)
    }
  })
  return tf.tensor2d(values, [distances.length, width])
}
