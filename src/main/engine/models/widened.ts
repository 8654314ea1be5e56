import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'

/** A hidden state with zeros after its columns, (rows, W) -> (rows, width), in place of the given one. */
export function widened(state: Tensor2D, width: number): Tensor2D {
  const missing = width - state.shape[1]
  if (missing === 0) return state
  const wide = tf.pad2d(state, [
    [0, 0],
    [0, missing]
  ])
  state.dispose()
  return wide
}
