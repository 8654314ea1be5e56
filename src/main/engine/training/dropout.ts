import * as tf from '@tensorflow/tfjs-core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { Hooks, type Hook } from '../models/transformer/hooks'
import { XorShift } from './drawing'

/**
 * Dropout (Srivastava et al. 2014) on the embeddings and on the outputs of attention and MLP, before they are added to
 * the residual stream: each number is set to 0 with probability `rate`, the others are divided by 1 - rate. What is
 * dropped follows from the seed and the number of the update alone, so that a resumed run drops the same.
 */
export class Dropout {
  readonly hooks: Hooks
  private draws: XorShift

  /** @param rate above 0, below 1 */
  constructor(
    layers: number,
    private readonly rate: number,
    private readonly seed: number
  ) {
    this.draws = new XorShift(seed, 0)
    const drop: Hook = (value) => this.drop(value)
    const blocks = Array.from({ length: layers }, (_, block) => block)
    this.hooks = new Hooks([
      ['embed', drop],
      ...blocks.flatMap((block) => [
        [`blocks.${block}.attn.out`, drop] as const,
        [`blocks.${block}.mlp.out`, drop] as const
      ])
    ])
  }

  /** What follows belongs to update `step`, counted over all stages. */
  begin(step: number): void {
    this.draws = new XorShift(this.seed, step)
  }

  private drop(value: Tensor): Tensor {
    return tf.mul(value, tf.tensor(this.draws.mask(value.size, this.rate), value.shape))
  }
}
