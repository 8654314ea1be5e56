import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { AttentionInput, AttentionOutput } from '../../backends/kernels'
import type { BatchShape, TokenBatch } from './batch'
import type { BlockContext } from './blockContext'
import { blocksOf, isBlockSparse, lost, type Sparse } from './blockMask'
import { sharesInSequence } from './localAttention'
import type { Linear } from './weightSource'

/** Whether attention gives rows and maps that have to be finished below. */
export function needsFinish({ config, input, shape, madeTokens }: BlockContext): boolean {
  const padded = input.mask?.includes(0) ?? false
  const zeroed = padded && (config.padding.queriesZeroed || config.sparse?.kind === 'local')
  return zeroed || madeTokens !== null || hasGlobals(config, input) || isBlockSparse(config, shape)
}

function hasGlobals({ sparse }: Sparse, { globals }: TokenBatch): boolean {
  return sparse?.kind === 'globals' && (globals?.includes(1) ?? false)
}

/**
 * What attention gives, (R, H dHead) and (B, H, T, T), with the rows of global tokens, and 0 where PyTorch has it.
 * @param x what the projections of global tokens read
 */
export function finishAttention(
  context: BlockContext,
  input: AttentionInput,
  globalQkv: Linear | null,
  x: Tensor2D,
  { result, pattern }: AttentionOutput
): AttentionOutput {
  const { kernels, config, input: tokens, shape, madeTokens } = context
  if (config.sparse?.kind === 'local') {
    const rows = madeTokens ? madeTokens.rowsOf(result) : result
    const shares = localShares(context)
    return {
      result: shares ? tf.mul(rows, tf.tensor2d(shares, [shares.length, 1])) : rows,
      pattern: pattern && finishedMap(context, pattern)
    }
  }
  let rows = result
  let map = pattern
  if (globalQkv && hasGlobals(config, tokens)) {
    const { mask, globals } = tokens
    const padding = tf.tensor4d(
      Float32Array.from(globals!, (_, i) => (mask?.[i] === 0 ? lost : 0)),
      [shape.batch, 1, 1, shape.tokens]
    )
    const qkv = kernels.dense(x, globalQkv.weight, globalQkv.bias, 'none')
    const seen = kernels.attention({ ...input, qkv, bias: padding, causal: false, window: null })
    const marked = tf.tensor1d(Float32Array.from(globals!))
    const choose = <T extends tf.Tensor>(one: T, other: T, shape: number[]): T =>
      tf.add(other, tf.mul(tf.sub(one, other), tf.reshape(marked, shape)))
    rows = choose(seen.result, rows, [-1, 1])
    if (map) map = choose(seen.pattern!, map, [shape.batch, 1, shape.tokens, 1])
  }
  if (
    config.padding.queriesZeroed &&
    tokens.mask?.includes(0) &&
    (config.sparse?.kind !== 'blocks' || isBlockSparse(config, shape))
  )
    rows = tf.mul(rows, tf.tensor2d(Float32Array.from(tokens.mask), [tokens.mask.length, 1]))
  return { result: rows, pattern: map && finishedMap(context, map) }
}

/** What the rows of a padded batch are multiplied by; null where it is not padded. */
function localShares({ config, input, shape, madeTokens }: BlockContext): Float32Array | null {
  if (config.sparse?.kind !== 'local' || !input.mask?.includes(0)) return null
  return sharesInSequence(config.sparse.size, input, shape, madeTokens?.ofSequences ?? null)
}

/** The map of some heads as PyTorch gives it. */
export function finishedMap(context: BlockContext, map: Tensor4D): Tensor4D {
  const { config, input, shape, madeTokens } = context
  const { sparse, padding } = config
  if (sparse?.kind === 'local') {
    const ofTokens = madeTokens ? madeTokens.mapOf(map) : map
    const shares = localShares(context)
    return shares ? tf.mul(ofTokens, tf.tensor4d(shares, [shape.batch, 1, shape.tokens, 1])) : ofTokens
  }
  if (sparse?.kind === 'blocks' && isBlockSparse(config, shape)) return tf.mul(map, countedOnce(sparse, input, shape))
  if (!padding.queriesZeroed || sparse?.kind === 'blocks' || !input.mask?.includes(0)) return map
  return tf.mul(map, tf.tensor4d(Float32Array.from(input.mask), [shape.batch, 1, shape.tokens, 1]))
}

/** Keys that count several times are in the map once, and in the rows of padding not at all: (B, 1, T, T). */
function countedOnce(
  sparse: { size: number; random: number },
  { lengths, mask }: TokenBatch,
  { batch, tokens }: BatchShape
): Tensor4D {
  const { size, random } = sparse
  const values = new Float32Array(batch * tokens * tokens).fill(1)
  lengths.forEach((length, s) => {
    const blocks = blocksOf(sparse, length)
    if (blocks === null || random === 0) return
    for (let q = size; q < Math.min(tokens, (blocks - 1) * size); q++)
      for (let k = 0; k < size; k++)
        values[(s * tokens + q) * tokens + k] = mask?.[s * tokens + q] === 0 ? 0 : 1 / (1 + random)
  })
  return tf.tensor4d(values, [batch, 1, tokens, tokens])
}
