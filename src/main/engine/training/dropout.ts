import * as tf from '@tensorflow/tfjs-core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { Hooks, type Hook } from '../models/transformer/hooks'

/**
 * Dropout (Srivastava et al. 2014) on the embeddings and on the outputs of attention and MLP, before they are added to
 * the residual stream: each number is set to 0 with probability `rate`, the others are divided by 1 - rate. What is
 * dropped follows from the seed and the number of the update alone, so that a resumed run drops the same.
 */
export class Dropout {
  readonly hooks: Hooks
  private state = 1

  /** @param rate above 0, below 1 */
  constructor(
    layers: number,
    private readonly rate: number,
    private readonly seed: number
  ) {
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
    // Neighbouring numbers must not start neighbouring sequences: splitmix32's finaliser (Steele et al. 2014).
    let mixed = Math.imul(this.seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(step + 1, 0xc2b2ae35)
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    this.state = (mixed ^ (mixed >>> 15)) | 1
  }

  private drop(value: Tensor): Tensor {
    const kept = 1 / (1 - this.rate)
    const limit = this.rate * 4294967296
    const mask = new Float32Array(value.size)
    let state = this.state
    for (let i = 0; i < mask.length; i++) {
      // xorshift32 (Marsaglia 2003)
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      mask[i] = state >>> 0 < limit ? 0 : kept
    }
    this.state = state
    return tf.mul(value, tf.tensor(mask, value.shape))
  }
}
