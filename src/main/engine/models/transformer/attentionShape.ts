import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { AttentionInput } from '../../backends/kernels'
import { toRows, toSequences } from './batch'
import type { BlockContext } from './blockContext'

/** The shape of a block's attention, whatever computes it. */
export function attentionOf(
  { config, shape, bias }: BlockContext,
  index: number
): Omit<AttentionInput, 'qkv' | 'bias' | 'wantPattern'> {
  const { heads, keyValueHeads, scoreCap, blocks } = config
  return { ...shape, heads, keyValueHeads, scale: blocks[index]!.scale, scoreCap, ...bias.places(index) }
}

/**
 * Hands the map to its hook and adds what the change of it brings, (B, H, T, T) x (B, H, T, dHead): a hook that changes
 * nothing changes no bit.
 */
export function hookedPattern(
  { config, hooks, shape }: BlockContext,
  index: number,
  qkv: Tensor2D,
  result: Tensor2D,
  pattern: Tensor4D
): [Tensor2D, Tensor4D] {
  const { heads, keyValueHeads, headWidth } = config
  const { batch, tokens } = shape
  const changed = hooks!.apply(`blocks.${index}.attn.pattern`, pattern, shape)
  const values = tf.slice(qkv, [0, (heads + keyValueHeads) * headWidth], [qkv.shape[0], keyValueHeads * headWidth])
  // (R, Hkv dHead) -> (B, Hkv, T, dHead), each for every query head that shares it
  const byHead = tf.transpose(
    tf.reshape(toSequences(values, shape), [batch, tokens, keyValueHeads, headWidth]),
    [0, 2, 1, 3]
  )
  const group = heads / keyValueHeads
  const shared = tf.reshape(tf.tile(tf.expandDims(byHead, 2), [1, 1, group, 1, 1]), [batch, heads, tokens, headWidth])
  const mixed = tf.transpose(tf.matMul(tf.sub(changed, pattern), shared), [0, 2, 1, 3])
  return [tf.add(result, toRows(tf.reshape(mixed, [batch, tokens, heads * headWidth]), shape)), changed]
}
