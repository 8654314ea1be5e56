import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { BlockContext } from '../blockContext'

export interface MixerOutput {
  /** What is added to the residual stream, (R, W). */
  output: Tensor2D
  /** (B, H, T, T); null where there is none, or it was not wanted. */
  pattern: Tensor4D | null
}

/**
 * What mixes tokens in place of attention, with its weights: a recurrence, a convolution. Its hooks are its business,
 * but for `mixer.out`.
 */
export interface Mixer {
  /** Called inside `tf.tidy` with what is read from the residual stream, (R, W). */
  run(context: BlockContext, index: number, x: Tensor2D, wantPattern: boolean): MixerOutput
}
