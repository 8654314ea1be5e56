import * as tf from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { Angles, AttentionInput, AttentionOutput, Kernels } from '../backends/kernels'
import type { BatchShape, TokenBatch } from './batch'
import type { BlockAttention, TransformerConfig } from './config'
import { rootMeanSquare } from './norms'
import { disentangledScores, transformerXlScores } from './relativeScores'
import type { ScoreBias } from './scoreBias'
import type { BlockWeights } from './weights'

/** What all blocks of one forward pass share. */
export interface AttentionContext {
  kernels: Kernels
  config: TransformerConfig
  input: TokenBatch
  shape: BatchShape
  bias: ScoreBias
  angles: ReadonlyMap<BlockAttention['rotary'], Angles>
  /** Embedded distances (2 span, W) of disentangled attention. */
  distanceTable: Tensor2D | null
}

/** The shape of a block's attention, whatever computes it. */
export function attentionOf(
  { config, shape, bias }: AttentionContext,
  place: BlockAttention
): Omit<AttentionInput, 'qkv' | 'bias' | 'wantPattern'> {
  const { heads, keyValueHeads, scoreCap } = config
  return { ...shape, heads, keyValueHeads, scale: place.scale, scoreCap, ...bias.places(place) }
}

/** Takes the maps of a block, (B, n, T, T) for the n heads from `firstHead` on, and disposes of them. */
export type TakePattern = (pattern: Tensor4D, firstHead: number) => void

/**
 * Attention of one block up to its output projection, in operations that give the values in between: (R, W) -> (R, H
 * dHead) and, where wanted, the map (B, H, T, T). `takeHeads` gets the map head by head instead, so that no more than
 * one head's is ever held.
 */
export function attend(
  context: AttentionContext,
  place: BlockAttention,
  block: BlockWeights,
  x: Tensor2D,
  wantPattern: boolean,
  takeHeads: TakePattern | null = null
): AttentionOutput {
  const { kernels } = context
  const kept = tf.tidy(() => {
    // (R, W) x (W, (H + 2 Hkv) dHead)
    const projected = kernels.dense(x, block.qkv.weight, block.qkv.bias, 'none')
    const bias = scoreBias(context, place, block, projected)
    const qkv = turned(context, place, normedQueriesAndKeys(context.config, block, projected))
    const input = { ...attentionOf(context, place), qkv, bias, wantPattern }
    if (takeHeads) return [headByHead(kernels, input, takeHeads)]
    const { result, pattern } = kernels.attention(input)
    return pattern ? [result, pattern] : [result]
  }) as [Tensor2D, Tensor4D?]
  return { result: kept[0], pattern: kept[1] ?? null }
}

/** Every head by itself: (R, (H + 2 Hkv) dHead) -> (R, H dHead). */
function headByHead(kernels: Kernels, input: AttentionInput, take: TakePattern): Tensor2D {
  const { qkv, bias, heads, keyValueHeads = heads } = input
  const headWidth = qkv.shape[1] / (heads + 2 * keyValueHeads)
  const results = Array.from({ length: heads }, (_, head) => {
    const [result, pattern] = tf.tidy(() => {
      const shared = Math.floor(head / (heads / keyValueHeads))
      const parts = [head, heads + shared, heads + keyValueHeads + shared].map((part) =>
        tf.slice(qkv, [0, part * headWidth], [qkv.shape[0], headWidth])
      )
      const own = bias && bias.shape[1] > 1 ? tf.slice(bias, [0, head, 0, 0], [-1, 1, -1, -1]) : bias
      const one = { ...input, qkv: tf.concat(parts, 1) as Tensor2D, bias: own, heads: 1, keyValueHeads: 1 }
      const output = kernels.attention({ ...one, wantPattern: true })
      return [output.result, output.pattern!]
    }) as [Tensor2D, Tensor4D]
    take(pattern, head)
    return result
  })
  return tf.concat(results, 1)
}

/** Masks and positions, those that depend on the content of this block too. */
function scoreBias(
  { kernels, config, shape, bias, distanceTable, input }: AttentionContext,
  place: BlockAttention,
  block: BlockWeights,
  qkv: Tensor2D
): Tensor4D | null {
  const fixed = bias.of(place)
  const { relative } = config
  let scores: Tensor4D | null = null
  if (relative?.kind === 'disentangled')
    scores = disentangledScores(kernels, config, relative, block, distanceTable!, qkv, shape, place.scale)
  if (relative?.kind === 'transformerXl')
    scores = transformerXlScores(config, relative, block, qkv, shape, input.segments, place.scale)
  return scores && fixed ? tf.add(scores, fixed) : (scores ?? fixed)
}

/** RMSNorm on the queries and keys of every head, or of all heads together; values as they are. */
function normedQueriesAndKeys(config: TransformerConfig, block: BlockWeights, projected: Tensor2D): Tensor2D {
  const { heads, keyValueHeads, headWidth, queryKeyNorm, normEpsilon } = config
  if (queryKeyNorm === 'none') return projected
  const rows = projected.shape[0]
  const part = (first: number, count: number): Tensor2D =>
    tf.slice(projected, [0, first * headWidth], [rows, count * headWidth])
  const normed = (x: Tensor2D, gamma: Tensor1D, count: number): Tensor2D => {
    const perHead = queryKeyNorm === 'head' ? tf.reshape(x, [rows, count, headWidth]) : x
    return tf.reshape(rootMeanSquare(perHead, gamma, normEpsilon), [rows, count * headWidth])
  }
  const queries = normed(part(0, heads), block.queryNorm!, heads)
  const keys = normed(part(heads, keyValueHeads), block.keyNorm!, keyValueHeads)
  return tf.concat([queries, keys, part(heads + keyValueHeads, keyValueHeads)], 1)
}

/** Queries and keys turned by their rotary positions. */
function turned({ kernels, config, angles }: AttentionContext, { rotary }: BlockAttention, qkv: Tensor2D): Tensor2D {
  if (!rotary) return qkv
  return kernels.rotate(qkv, config.heads + config.keyValueHeads, config.headWidth, angles.get(rotary)!)
}
