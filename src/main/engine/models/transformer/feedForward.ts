import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { BlockContext } from './blockContext'

/** What a block has in place of an MLP, with its weights. Its hooks are its business, but for `mlp.out`. */
export interface FeedForward {
  /** What is added to the residual stream, (R, W) -> (R, W), of what is read from it; called inside `tf.tidy`. */
  run(context: BlockContext, index: number, x: Tensor2D): Tensor2D
}
