import * as tf from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { legible, UserError } from '@shared/userError'
import type { Kernels, PackedWeight } from '../../backends/kernels'
import type { Checkpoint } from '../../checkpoints/checkpoint'

/** Reads the tensors of a checkpoint that must have a certain shape. */
export class NamedWeights {
  private readonly read = new Set<string>()

  /** @param file names the file in sentences */
  constructor(
    private readonly checkpoint: Checkpoint,
    private readonly kernels: Kernels,
    private readonly file: string
  ) {}

  has(name: string): boolean {
    return this.checkpoint.has(name)
  }

  /** @throws UserError where there is no such tensor */
  shapeOf(name: string): readonly number[] {
    if (!this.has(name)) throw new UserError(`${this.file} has no '${legible(name)}'; it is not complete.`)
    return this.checkpoint.describe(name).shape
  }

  /** @throws UserError where it is missing, of another shape, or holds what is not a number */
  values(name: string, shape: readonly number[]): Float32Array {
    const stored = this.shapeOf(name)
    if (stored.length !== shape.length || stored.some((extent, axis) => extent !== shape[axis]))
      throw new UserError(
        `${this.file} has '${legible(name)}' as [${stored.join(', ')}], and [${shape.join(', ')}] is needed.`
      )
    const values = this.checkpoint.read(name)
    if (!values.every(Number.isFinite))
      throw new UserError(`'${legible(name)}' in ${this.file} has values that are not numbers; the file is damaged.`)
    this.read.add(name)
    return values
  }

  table(name: string, shape: readonly [number, number]): Tensor2D {
    return tf.tensor2d(this.values(name, shape), [...shape])
  }

  /** [in, out] as the kernels multiply it, of a tensor stored as [out, in]. */
  linear(name: string, inputs: number, outputs: number): PackedWeight {
    return packed(this.kernels, this.values(name, [outputs, inputs]), [outputs, inputs], true)
  }

  /** Of a tensor stored as [in, out]. */
  inOut(name: string, inputs: number, outputs: number): PackedWeight {
    return packed(this.kernels, this.values(name, [inputs, outputs]), [inputs, outputs], false)
  }

  vector(name: string, length: number): Tensor1D {
    return tf.tensor1d(this.values(name, [length]))
  }

  /** Names of tensors that were not read. */
  unread(): string[] {
    return this.checkpoint.names().filter((name) => !this.read.has(name))
  }
}

/** @param transposed whether the values are [out, in] */
export function packed(
  kernels: Kernels,
  values: Float32Array,
  shape: readonly [number, number],
  transposed: boolean
): PackedWeight {
  const tensor = tf.tensor2d(values, [...shape])
  const weight = transposed ? kernels.packTransposed(tensor) : kernels.pack(tensor)
  tensor.dispose()
  return weight
}
