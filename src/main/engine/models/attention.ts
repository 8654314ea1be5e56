import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core'
import type { AttentionOutput, Kernels } from '../backends/kernels'
import { toRows, toSequences, type BatchShape, type TokenBatch } from './batch'
import type { BlockAttention, TransformerConfig } from './config'
import type { Hooks } from './hooks'
import { rootMeanSquare } from './norms'
import { disentangledScores, transformerXlScores } from './relativeScores'
import { turn, type Angles } from './rotary'
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
  hooks: Hooks | null
}

/**
 * Attention of one block up to its output projection: (R, W) -> (R, H dHead) and, where wanted, the map (B, H, T, T).
 */
export function attend(
  context: AttentionContext,
  index: number,
  block: BlockWeights,
  x: Tensor2D,
  wantPattern: boolean
): AttentionOutput {
  const { kernels, config, shape, hooks } = context
  const place = config.blocks[index]!
  const hookPattern = hooks?.has(`blocks.${index}.attn.pattern`) ?? false
  const kept = tf.tidy(() => {
    // (R, W) x (W, (H + 2 Hkv) dHead)
    const projected = kernels.dense(x, block.qkv.weight, block.qkv.bias, 'none')
    const { scale } = place
    const bias = scoreBias(context, place, block, projected)
    const qkv = hookedHeads(context, index, equalHeads(context, place, block, projected))
    const keepPattern = wantPattern || hookPattern
    const { result, pattern } = config.scoreCap
      ? cappedAttention(config, shape, qkv, scale, config.scoreCap, bias, keepPattern)
      : kernels.attention({ qkv, ...shape, heads: config.heads, scale, bias, wantPattern: keepPattern })
    if (hookPattern) return hookedPattern(context, index, qkv, result, pattern!)
    return pattern ? [result, pattern] : [result]
  }) as [Tensor2D, Tensor4D?]
  return { result: kept[0], pattern: (wantPattern && kept[1]) || null }
}

/** Hands queries, keys and values (R, H dHead), as the scores are made of them, to their hooks: (R, 3 H dHead). */
function hookedHeads({ hooks, shape }: AttentionContext, index: number, qkv: Tensor2D): Tensor2D {
  if (!hooks?.inside(index, ['attn.q', 'attn.k', 'attn.v'])) return qkv
  const parts = tf.split(qkv, 3, 1) as [Tensor2D, Tensor2D, Tensor2D]
  const sites = ['attn.q', 'attn.k', 'attn.v'] as const
  return tf.concat(
    parts.map((part, i) => hooks.apply(`blocks.${index}.${sites[i]!}`, part, shape)),
    1
  )
}

/**
 * Hands the map to its hook and adds what the change of it brings, (B, H, T, T) x (B, H, T, dHead): a hook that changes
 * nothing changes no bit.
 */
function hookedPattern(
  { config, hooks, shape }: AttentionContext,
  index: number,
  qkv: Tensor2D,
  result: Tensor2D,
  pattern: Tensor4D
): [Tensor2D, Tensor4D] {
  const { heads, headWidth } = config
  const { batch, tokens } = shape
  const changed = hooks!.apply(`blocks.${index}.attn.pattern`, pattern, shape)
  const values = tf.slice(qkv, [0, 2 * heads * headWidth], [qkv.shape[0], heads * headWidth])
  const byHead = tf.transpose(tf.reshape(toSequences(values, shape), [batch, tokens, heads, headWidth]), [0, 2, 1, 3])
  const mixed = tf.transpose(tf.matMul(tf.sub(changed, pattern), byHead), [0, 2, 1, 3])
  return [tf.add(result, toRows(tf.reshape(mixed, [batch, tokens, heads * headWidth]), shape)), changed]
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

/**
 * Queries and keys normed and turned, and each head of keys and values given to every query head that shares it: (R,
 * 3 H dHead).
 */
function equalHeads(
  { config, angles }: AttentionContext,
  { rotary }: BlockAttention,
  block: BlockWeights,
  projected: Tensor2D
): Tensor2D {
  const { heads, keyValueHeads, headWidth, queryKeyNorm } = config
  if (!rotary && queryKeyNorm === 'none' && heads === keyValueHeads) return projected
  const rows = projected.shape[0]
  const part = (first: number, count: number): Tensor2D =>
    tf.slice(projected, [0, first * headWidth], [rows, count * headWidth])
  const asHeads = (x: Tensor, count: number): Tensor3D => tf.reshape(x, [rows, count, headWidth])
  let queries: Tensor = part(0, heads)
  let keys: Tensor = part(heads, keyValueHeads)
  const values = part(heads + keyValueHeads, keyValueHeads)
  if (queryKeyNorm !== 'none') {
    const perHead = queryKeyNorm === 'head'
    queries = rootMeanSquare(perHead ? asHeads(queries, heads) : queries, block.queryNorm!, config.normEpsilon)
    keys = rootMeanSquare(perHead ? asHeads(keys, keyValueHeads) : keys, block.keyNorm!, config.normEpsilon)
  }
  if (rotary) {
    queries = turn(asHeads(queries, heads), rotary, angles.get(rotary)!)
    keys = turn(asHeads(keys, keyValueHeads), rotary, angles.get(rotary)!)
  }
  // (R, Hkv, dHead) -> (R, Hkv, group, dHead) -> (R, H dHead)
  const group = heads / keyValueHeads
  const shared = (x: Tensor): Tensor2D => {
    const repeated = group === 1 ? x : tf.tile(tf.reshape(x, [rows, keyValueHeads, 1, headWidth]), [1, 1, group, 1])
    return tf.reshape(repeated, [rows, heads * headWidth])
  }
  return tf.concat([tf.reshape(queries, [rows, heads * headWidth]), shared(keys), shared(values)], 1) as Tensor2D
}

/** Attention whose scores are cap * tanh(scores / cap) before masks are added (Gemma Team 2024, section 2). */
function cappedAttention(
  { heads, headWidth }: TransformerConfig,
  shape: BatchShape,
  qkv: Tensor2D,
  scale: number,
  cap: number,
  bias: Tensor4D | null,
  wantPattern: boolean
): AttentionOutput {
  const { batch, tokens, lengths } = shape
  // (R, 3 H dHead) -> 3 x (B, H, T, dHead)
  const split = tf.transpose(tf.reshape(toSequences(qkv, shape), [batch, tokens, 3, heads, headWidth]), [2, 0, 3, 1, 4])
  const [queries, keys, values] = tf.unstack(split) as [Tensor4D, Tensor4D, Tensor4D]
  const scores = tf.mul(tf.tanh(tf.mul(tf.matMul(queries, tf.transpose(keys, [0, 1, 3, 2])), scale / cap)), cap)
  const biased = bias ? tf.add(scores, bias) : scores
  const real = lengths ? placesTaken(lengths, tokens) : null
  const weights = tf.softmax(real ? tf.add(biased, tf.mul(tf.sub(1, real), -1e30)) : biased) as Tensor4D
  const mixed = tf.reshape(tf.transpose(tf.matMul(weights, values), [0, 2, 1, 3]), [batch, tokens, heads * headWidth])
  const pattern = wantPattern
    ? real
      ? (tf.mul(weights, tf.transpose(real, [0, 1, 3, 2])) as Tensor4D)
      : weights
    : null
  return { result: toRows(mixed, shape), pattern }
}

/** (B, 1, 1, T): 1 for a token of its sequence, 0 past its end. */
function placesTaken(lengths: readonly number[], tokens: number): Tensor4D {
  const values = Float32Array.from({ length: lengths.length * tokens }, (_, i) =>
    Number(i % tokens < lengths[Math.floor(i / tokens)]!)
  )
  return tf.tensor4d(values, [lengths.length, 1, 1, tokens])
}
