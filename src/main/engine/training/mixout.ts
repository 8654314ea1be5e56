import * as tf from '@tensorflow/tfjs-core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { hashOf, XorShift } from './drawing'

/**
 * Mixout (Lee, Cho & Kang 2020, section 3): in each update every number of a weight matrix is that of the start with
 * probability p, and the others are moved so that the mean stays: u + (w - u) m / (1 - p), m = 0 with probability p,
 * else 1. What is drawn follows from the seed, the update and the name of the matrix alone.
 */
export class Mixout {
  private readonly masks = new Map<string, Tensor>()
  private step = 0

  /**
   * @param probability above 0, below 1
   * @param starts values that are mixed in by name; they belong to this from now on
   */
  constructor(
    private readonly probability: number,
    private readonly seed: number,
    private readonly starts: ReadonlyMap<string, Tensor>
  ) {}

  /** What follows belongs to update `step`, counted over all stages. */
  begin(step: number): void {
    this.step = step
    this.forget()
  }

  /** The matrix as this update reads it; as it is where nothing is mixed in. Within `tf.tidy` or a gradient. */
  mixed(name: string, matrix: Tensor): Tensor {
    const start = this.starts.get(name)
    return start ? tf.add(start, tf.mul(tf.sub(matrix, start), this.mask(name, matrix))) : matrix
  }

  dispose(): void {
    this.forget()
    tf.dispose([...this.starts.values()])
  }

  /** The same for every place that reads the matrix in one update. */
  private mask(name: string, { shape, size }: Tensor): Tensor {
    const before = this.masks.get(name)
    if (before) return before
    const draws = new XorShift(hashOf(name, this.seed), this.step)
    const mask = tf.keep(tf.tensor(draws.mask(size, this.probability), shape))
    this.masks.set(name, mask)
    return mask
  }

  private forget(): void {
    tf.dispose([...this.masks.values()])
    this.masks.clear()
  }
}
