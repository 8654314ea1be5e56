import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { AttentionInput, AttentionOutput, Kernels } from '../../backends/kernels'
import { attentionOf, hookedPattern } from './attentionShape'
import { placesOf } from './batch'
import type { BlockContext } from './blockContext'
import { sharesKeys, type BlockAttention, type TransformerConfig } from './config'
import { latentHeads } from './latentAttention'
import { rootMeanSquare, standardised, type Norm } from './norms'
import { storedPlace } from './queryKeyValue'
import { disentangledScores, transformerXlScores } from './relativeScores'
import { finishAttention, finishedMap, needsFinish } from './sparseAttention'
import type { BlockWeights } from './weights'

/** Takes the maps of a block, (B, n, T, T) for the n heads from `firstHead` on, and disposes of them. */
export type TakePattern = (pattern: Tensor4D, firstHead: number) => void

/**
 * Attention of one block up to its output projection, in operations that give the values in between: (R, W) -> (R, H
 * dHead) and, where wanted, the map (B, H, T, T). `takeHeads` gets the map head by head instead, so that no more than
 * one head's is ever held.
 */
export function attend(
  context: BlockContext,
  index: number,
  block: BlockWeights,
  x: Tensor2D,
  wantPattern: boolean,
  takeHeads: TakePattern | null = null
): AttentionOutput {
  const { kernels, config, hooks } = context
  const place = config.blocks[index]!
  const hookPattern = hooks?.has(`blocks.${index}.attn.pattern`) ?? false
  const kept = tf.tidy(() => {
    // (R, W) x (W, (H + 2 Hkv) dHead)
    const projected = projectedHeads(context, place, block, x)
    const { madeTokens } = context
    const bias = madeTokens ? null : scoreBias(context, index, block, projected)
    const qkv = hookedHeads(context, index, allHeads(context, place, placedHeads(context, place, block, projected)))
    keepForLater(context, index, qkv)
    const { sinks } = block
    const given = { ...attentionOf(context, index), qkv, bias, sinks, wantPattern: wantPattern || hookPattern }
    const input = madeTokens ? madeTokens.extend(kernels, block, x, given) : given
    context.takeScores?.(index, input)
    if (takeHeads && !hookPattern) {
      const take: TakePattern = (pattern, head) => takeHeads(keptMap(context, pattern), head)
      const result = headByHead(kernels, input, take)
      return [madeTokens ? madeTokens.rowsOf(result) : result]
    }
    const plain = kernels.attention(input)
    const { result, pattern } = needsFinish(context)
      ? finishAttention(context, input, block.globalQkv, x, plain)
      : plain
    if (hookPattern) return hookedPattern(context, index, qkv, result, pattern!)
    return pattern ? [result, pattern] : [result]
  }) as [Tensor2D, Tensor4D?]
  const [result, pattern] = kept
  if (pattern && takeHeads) {
    takeHeads(pattern, 0)
    return { result, pattern: null }
  }
  if (pattern && !wantPattern) pattern.dispose()
  return { result, pattern: (wantPattern && pattern) || null }
}

/** The map of a head as the reference implementation gives it; the one given is disposed of where it is another. */
function keptMap(context: BlockContext, pattern: Tensor4D): Tensor4D {
  if (!needsFinish(context)) return pattern
  const finished = tf.tidy(() => finishedMap(context, pattern))
  if (finished !== pattern) pattern.dispose()
  return finished
}

/** Queries, keys and values side by side, before anything is done to them: (R, W) -> (R, (H + 2 Hkv) dHead) */
function projectedHeads(
  { kernels, config }: BlockContext,
  { latent, keysAreValues }: BlockAttention,
  block: BlockWeights,
  x: Tensor2D
): Tensor2D {
  if (latent) return latentHeads(kernels, latent, block.latent!, config.heads, x)
  const projected = kernels.dense(x, block.qkv!.weight, block.qkv!.bias, 'none')
  if (!keysAreValues) return projected
  const keys = config.keyValueHeads * config.headWidth
  return tf.concat([projected, tf.slice(projected, [0, config.heads * config.headWidth], [x.shape[0], keys])], 1)
}

/** Queries with the keys and values of an earlier block, where a block takes these: (R, (H + 2 Hkv) dHead) */
function allHeads({ keyValues }: BlockContext, { keysOf }: BlockAttention, heads: Tensor2D): Tensor2D {
  if (keysOf === undefined) return heads
  const theirs = keyValues.get(keysOf)
  if (!theirs) throw new Error(`The keys and values of block ${keysOf} were not computed.`)
  return tf.concat([heads, theirs], 1)
}

/** Keys and values, (R, 2 Hkv dHead), of a block whose later ones take them. */
function keepForLater({ config, keyValues }: BlockContext, index: number, qkv: Tensor2D): void {
  if (!sharesKeys(config, index)) return
  const queries = config.heads * config.headWidth
  keyValues.get(index)?.dispose()
  keyValues.set(index, tf.keep(tf.slice(qkv, [0, queries], [qkv.shape[0], qkv.shape[1] - queries])))
}

/** Queries (R, H dHead), keys and values (R, Hkv dHead), as the scores are made of them, handed to their hooks. */
function hookedHeads({ config, hooks, shape }: BlockContext, index: number, qkv: Tensor2D): Tensor2D {
  if (!hooks?.inside(index, ['attn.q', 'attn.k', 'attn.v'])) return qkv
  const { heads, keyValueHeads, headWidth } = config
  const parts = tf.split(
    qkv,
    [heads * headWidth, keyValueHeads * headWidth, keyValueHeads * headWidth],
    1
  ) as Tensor2D[]
  const sites = ['attn.q', 'attn.k', 'attn.v'] as const
  return tf.concat(
    parts.map((part, i) => hooks.apply(`blocks.${index}.${sites[i]!}`, part, shape)),
    1
  )
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
      const sinks = input.sinks && tf.slice(input.sinks, head, 1)
      const one = { ...input, qkv: tf.concat(parts, 1) as Tensor2D, bias: own, sinks, heads: 1, keyValueHeads: 1 }
      const output = kernels.attention({ ...one, wantPattern: true })
      return [output.result, output.pattern!]
    }) as [Tensor2D, Tensor4D]
    take(pattern, head)
    return result
  })
  return tf.concat(results, 1)
}

/** Masks and positions, including those that depend on the content of this block. */
function scoreBias(
  { kernels, config, shape, bias, distanceTable, input }: BlockContext,
  index: number,
  block: BlockWeights,
  qkv: Tensor2D
): Tensor4D | null {
  const fixed = bias.of(index)
  const { scale } = config.blocks[index]!
  const { relative } = config
  let scores: Tensor4D | null = null
  if (relative?.kind === 'disentangled')
    scores = disentangledScores(kernels, config, relative, block, distanceTable!, qkv, shape, scale)
  if (relative?.kind === 'transformerXl')
    scores = transformerXlScores(config, relative, block, qkv, shape, input.segments, scale)
  return scores && fixed ? tf.add(scores, fixed) : (scores ?? fixed)
}

/** Queries, keys and values as scores are made of them: queries and keys normed, turned and scaled by their places. */
function placedHeads(shared: BlockContext, place: BlockAttention, block: BlockWeights, qkv: Tensor2D): Tensor2D {
  // The keys of another block are placed already.
  const context = place.keysOf === undefined ? shared : { ...shared, config: { ...shared.config, keyValueHeads: 0 } }
  const { config } = context
  const late = config.queryKeyNorm?.turned ?? false
  if (config.queryKeyNorm?.onlyTurned && !place.rotary) return grown(context, place, clipped(config, qkv))
  const normed = clipped(config, late ? qkv : normedQueriesAndKeys(config, block, qkv))
  const placed = grown(context, place, turned(context, place, normed))
  return late ? normedQueriesAndKeys(config, block, placed) : placed
}

function clipped({ queryKeyValueClip: clip }: TransformerConfig, qkv: Tensor2D): Tensor2D {
  return clip ? tf.clipByValue(qkv, -clip, clip) : qkv
}

/** The queries and keys of every head, or of all heads together, normed; values only where the config says so. */
function normedQueriesAndKeys(config: TransformerConfig, block: BlockWeights, projected: Tensor2D): Tensor2D {
  const { heads, keyValueHeads, headWidth, queryKeyNorm: norm, normEpsilon } = config
  if (!norm) return projected
  const rows = projected.shape[0]
  const part = (first: number, count: number): Tensor2D =>
    tf.slice(projected, [0, first * headWidth], [rows, count * headWidth])
  const normed = (x: Tensor2D, { gamma, beta }: Norm, count: number): Tensor2D => {
    const shape = norm.over === 'head' ? [rows, count, headWidth] : [rows, count * headWidth]
    const weights = (of: Tensor1D): Tensor => (norm.weights === 'byHead' ? tf.reshape(of, [count, headWidth]) : of)
    const values = tf.reshape(x, shape)
    const scaled =
      norm.kind === 'rms'
        ? rootMeanSquare(values, weights(gamma), normEpsilon)
        : tf.mul(standardised(values, normEpsilon), weights(gamma))
    return tf.reshape(norm.bias ? tf.add(scaled, weights(beta)) : scaled, [rows, count * headWidth])
  }
  const queries = normed(part(0, heads), block.queryNorm!, heads)
  if (!block.keyNorm) return queries
  const keys = normed(part(heads, keyValueHeads), block.keyNorm, keyValueHeads)
  const values = part(heads + keyValueHeads, keyValueHeads)
  if (!norm.values) return tf.concat([queries, keys, values], 1)
  const byHead = tf.reshape(values, [rows, keyValueHeads, headWidth])
  const scaled = tf.reshape(rootMeanSquare(byHead, tf.scalar(1), normEpsilon), [rows, keyValueHeads * headWidth])
  return tf.concat([queries, keys, scaled as Tensor2D], 1)
}

/** Queries times a factor that grows with their place. */
function grown({ config, input }: BlockContext, { queryGrowth }: BlockAttention, qkv: Tensor2D): Tensor2D {
  if (!queryGrowth) return qkv
  const { weight, every, first } = queryGrowth
  const width = config.heads * config.headWidth
  const [rows, all] = qkv.shape
  const factors = Float32Array.from(
    placesOf(input),
    (place) => 1 + weight * Math.log(1 + Math.floor((place + first) / every))
  )
  const queries = tf.mul(tf.slice(qkv, [0, 0], [rows, width]), tf.tensor2d(factors, [rows, 1]))
  return tf.concat([queries as Tensor2D, tf.slice(qkv, [0, width], [rows, all - width])], 1)
}

/** Queries and keys, and values where the config says so, turned by their rotary positions. */
function turned({ kernels, config, angles }: BlockContext, { rotary }: BlockAttention, qkv: Tensor2D): Tensor2D {
  if (!rotary) return qkv
  const { heads, keyValueHeads, headWidth } = config
  const count = heads + keyValueHeads
  const keysAndQueries = kernels.rotate(qkv, count, headWidth, angles.get(rotary)!)
  if (!rotary.values) return keysAndQueries
  const width = keyValueHeads * headWidth
  const values = tf.slice(qkv, [0, count * headWidth], [qkv.shape[0], width])
  // Values keep the order of their checkpoint: what is mixed of them is read by the output's matrix.
  const order = Int32Array.from({ length: width }, (_, i) => i - (i % headWidth) + storedPlace(rotary, i % headWidth))
  const inverse = new Int32Array(width)
  order.forEach((from, to) => (inverse[from] = to))
  const ordered = tf.gather(values, tf.tensor1d(order, 'int32'), 1)
  const placed = kernels.rotate(ordered, keyValueHeads, headWidth, angles.get(rotary)!)
  return tf.concat(
    [
      tf.slice(keysAndQueries, [0, 0], [qkv.shape[0], count * headWidth]),
      tf.gather(placed, tf.tensor1d(inverse, 'int32'), 1)
    ],
    1
  )
}
