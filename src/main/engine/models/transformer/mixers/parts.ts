import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import type { Norm } from '../norms'
import { wholeMatrix, type Linear, type WeightSource } from '../weightSource'

/** Loads the parts of a mixer by their names under its stem, without `.weight` and `.bias`. */
export class MixerSource {
  /** @param stem what all names begin with, such as 'layers.3.mixer' */
  constructor(
    readonly source: WeightSource,
    private readonly stem: string
  ) {}

  name(part: string): string {
    return `${this.stem}.${part}`
  }

  linear(part: string, inputs: number, outputs: number, bias: boolean): Linear {
    return this.source.linear([wholeMatrix(this.name(part), outputs)], inputs, { bias })
  }

  /** Some of the outputs of a matrix: `count` of the `stored`, from `first` on. */
  outputs(
    part: string,
    inputs: number,
    [first, count, stored]: readonly [number, number, number],
    bias = false
  ): Linear {
    const rows = { name: this.name(part), stored, count, row: (output: number) => first + output }
    return this.source.linear([rows], inputs, { bias })
  }

  /** Matrix number `index` of the `of` that one tensor has one after another. */
  ofStack(part: string, inputs: number, outputs: number, index: number, of: number): Linear {
    const whole = wholeMatrix(this.name(part), outputs)
    return this.source.linear([{ ...whole, stack: { index, of } }], inputs, { bias: false })
  }

  /** [length], without an ending. */
  vector(part: string, length: number): Tensor1D {
    return this.source.vector(this.name(part), length)
  }

  /** A tensor of any shape, without an ending. */
  tensor(part: string, shape: readonly number[]): Tensor {
    return this.source.tensor(this.name(part), shape, 'matrix')
  }

  /** [length] as numbers. */
  numbers(part: string, length: number): Float32Array {
    return tf.tidy(() => Float32Array.from(this.vector(part, length).dataSync<'float32'>()))
  }

  /** What a token counts beside the one before it, stored [1, 1, length]. */
  share(part: string, length: number): Tensor1D {
    return tf.tidy(() =>
      tf.reshape<tf.Rank.R1>(this.source.tensor(this.name(part), [1, 1, length], 'matrix'), [length])
    )
  }

  /** A norm with weight and bias. */
  norm(part: string, length: number): Norm {
    return this.source.norm(this.name(part), length, { gain: true, bias: true, offset: 0 })
  }

  /** A layer with weight and bias that may be stored and is not read. */
  pass(part: string): void {
    for (const ending of ['weight', 'bias']) this.source.pass(this.name(`${part}.${ending}`))
  }

  gain(part: string, length: number, offset = 0): Tensor1D {
    return this.source.gain(this.name(`${part}.weight`), length, offset)
  }

  /** The taps of a convolution of single channels, stored [channels, 1, kernel] -> [kernel, channels]. */
  convolution(part: string, kernel: number, channels: number, bias: boolean): Convolution {
    const weight = tf.tidy(() => {
      const stored = this.source.tensor(this.name(`${part}.weight`), [channels, 1, kernel], 'matrix')
      return tf.transpose(tf.reshape<tf.Rank.R2>(stored, [channels, kernel])) as Tensor2D
    })
    return { weight, bias: bias ? this.source.vector(this.name(`${part}.bias`), channels) : null }
  }

  /** -exp of a stored tensor [rows, columns]: what a state decays by. */
  decay(part: string, rows: number, columns: number): Tensor2D {
    return tf.tidy(() => {
      const shape = columns === 1 ? [rows] : [rows, columns]
      const stored = this.source.tensor(this.name(part), shape, 'matrix')
      return tf.neg(tf.exp(tf.reshape<tf.Rank.R2>(stored, [rows, columns])))
    })
  }
}

export interface Convolution {
  /** [kernel, channels] */
  weight: Tensor2D
  bias: Tensor1D | null
}
