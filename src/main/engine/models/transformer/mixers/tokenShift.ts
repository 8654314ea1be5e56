import * as tf from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { lengthsOf, type BatchShape } from '../batch'

/**
 * Rows of the token `by` places before each, 0 where the sequence has none: (R, W) -> (R, W)
 * @param by below 0 for tokens after it
 */
export function shifted(x: Tensor2D, shape: BatchShape, by = 1): Tensor2D {
  const width = x.shape[1]
  // Row 0 of what is gathered from is the one of zeros.
  const before = lengthsOf(shape).reduce<{ rows: number[]; first: number }>(
    ({ rows, first }, length) => {
      for (let t = 0; t < length; t++) rows.push(t - by < 0 || t - by >= length ? 0 : first + t - by + 1)
      return { rows, first: first + length }
    },
    { rows: [], first: 0 }
  )
  return tf.gather(tf.concat([tf.zeros([1, width]), x], 0) as Tensor2D, tf.tensor1d(before.rows, 'int32'))
}

/** share x + (1 - share) x of the token before (Peng et al. 2023, eqs. 11 to 13). */
export function mixedWithLast(x: Tensor2D, before: Tensor2D, share: Tensor1D): Tensor2D {
  return tf.add(before, tf.mul(tf.sub(x, before), share))
}
