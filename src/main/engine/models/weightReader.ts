import * as tf from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { UserError } from '@shared/userError'
import type { Kernels, PackedWeight } from '../backends/kernels'
import type { Checkpoint, StoredTensor } from '../checkpoints/safetensors'
import type { Norm } from './norms'

/**
 * A linear layer, transposed once at load to [in, out] and packed: transposed products are slow or wrong on some
 * backends.
 */
export interface Linear {
  weight: PackedWeight
  bias: Tensor1D | null
}

/** What a tensor is for, as far as its values before training depend on it. */
export type WeightRole = 'matrix' | 'embedding' | 'gain' | 'bias'

/** Where the values of a tensor come from: the checkpoint, or a draw of the same shape. */
export type WeightValues = (tensor: StoredTensor, role: WeightRole) => Float32Array

/** Outputs of a stored matrix in the order they are wanted: `row(o)` is the stored output that becomes output o. */
export interface Outputs {
  name: string
  /** Outputs stored. */
  stored: number
  /** Outputs wanted. */
  count: number
  row: (output: number) => number
}

/** All outputs of a matrix as they stand. */
export function wholeMatrix(name: string, count: number): Outputs {
  return { name, stored: count, count, row: (output) => output }
}

/**
 * Reads tensors by name out of a checkpoint, checks every shape before the backend sees it, and remembers what was
 * asked for.
 */
export class WeightReader {
  private readonly names: ReadonlySet<string>
  private readonly asked = new Set<string>()

  /**
   * @param family title for refusals
   * @param from of the values; names and shapes are the checkpoint's in any case
   */
  constructor(
    private readonly checkpoint: Checkpoint,
    private readonly family: string,
    private readonly kernels: Kernels,
    private readonly from: WeightValues = (tensor) => checkpoint.read(tensor.name)
  ) {
    this.names = new Set(checkpoint.names())
  }

  has(name: string): boolean {
    return this.spellings(name).some((candidate) => this.names.has(candidate))
  }

  /** Names that nothing asked for. */
  unused(): string[] {
    return [...this.names].filter((name) => !this.asked.has(name))
  }

  /** Counts a tensor as known although its values are not needed. */
  pass(name: string): void {
    for (const candidate of this.spellings(name)) this.asked.add(candidate)
  }

  /**
   * `name` ends in .weight or .bias, or is the whole name of a tensor.
   * @throws UserError naming the tensor that is missing or has another shape
   */
  values(name: string, shape: readonly number[], role: WeightRole): Float32Array {
    const full = this.spellings(name).find((candidate) => this.names.has(candidate))
    if (!full)
      throw new UserError(
        `The checkpoint has no tensor '${name}', which a ${this.family} model with this config.json needs.`
      )
    this.asked.add(full)
    const tensor = this.checkpoint.describe(full)
    if (!fits(tensor.shape, shape))
      throw new UserError(
        `The tensor '${full}' has shape [${tensor.shape.join(', ')}] where config.json asks for [${shape.join(', ')}].`
      )
    return this.from(tensor, role)
  }

  vector(name: string, length: number): Tensor1D {
    return tf.tensor1d(this.values(name, [length], 'bias'))
  }

  table(name: string, rows: number, width: number): Tensor2D {
    return tf.tensor2d(this.values(`${name}.weight`, [rows, width], 'embedding'), [rows, width])
  }

  norm(name: string, width: number, { bias, offset }: { bias: boolean; offset: number }): Norm {
    return {
      gamma: this.gain(`${name}.weight`, width, offset),
      beta: bias ? this.vector(`${name}.bias`, width) : tf.zeros([width])
    }
  }

  gain(name: string, width: number, offset: number): Tensor1D {
    const values = this.values(name, [width], 'gain')
    return tf.tensor1d(offset ? values.map((value) => value + offset) : values)
  }

  /** One linear layer from one or several stored matrices, their outputs side by side. */
  linear(
    parts: readonly Outputs[],
    inputs: number,
    { bias, inOut = false }: { bias: boolean; inOut?: boolean }
  ): Linear {
    const columns = parts.reduce((sum, { count }) => sum + count, 0)
    const values = this.columns(parts, inputs, columns, inOut)
    const plain = tf.tensor2d(values, [inputs, columns])
    const weight = this.kernels.pack(plain)
    plain.dispose()
    return { weight, bias: bias ? this.biases(parts, columns) : null }
  }

  private columns(parts: readonly Outputs[], inputs: number, columns: number, inOut: boolean): Float32Array {
    const result = new Float32Array(inputs * columns)
    const read = new Map<string, Float32Array>()
    let first = 0
    for (const { name, stored, count, row } of parts) {
      const source = read.get(name) ?? this.values(`${name}.weight`, inOut ? [inputs, stored] : [stored, inputs], 'matrix')
      read.set(name, source)
      for (let o = 0; o < count; o++) {
        const column = first + o
        if (inOut)
          for (let i = 0, from = row(o); i < inputs; i++, from += stored) result[i * columns + column] = source[from]!
        else
          for (let i = 0, from = row(o) * inputs; i < inputs; i++, from++) result[i * columns + column] = source[from]!
      }
      first += count
    }
    return result
  }

  private biases(parts: readonly Outputs[], columns: number): Tensor1D {
    const result = new Float32Array(columns)
    let first = 0
    for (const { name, stored, count, row } of parts) {
      const source = this.values(`${name}.bias`, [stored], 'bias')
      for (let o = 0; o < count; o++) result[first + o] = source[row(o)]!
      first += count
    }
    return tf.tensor1d(result)
  }

  /**
   * Older checkpoints, converted from TensorFlow, call a norm's weight and bias gamma and beta; parameters outside a
   * layer have no ending at all.
   */
  private spellings(name: string): string[] {
    if (name.endsWith('.weight')) return [name, `${name.slice(0, -6)}gamma`, name.slice(0, -7)]
    return name.endsWith('.bias') ? [name, `${name.slice(0, -4)}beta`] : [name]
  }
}

/**
 * Equal, or equal once the last two axes of the stored shape are one ([width, heads, head width] is a matrix [width,
 * heads * head width]).
 */
function fits(stored: readonly number[], wanted: readonly number[]): boolean {
  const same = (a: readonly number[]): boolean =>
    a.length === wanted.length && a.every((extent, i) => extent === wanted[i])
  if (same(stored)) return true
  return stored.length === wanted.length + 1 && same([...stored.slice(0, -2), stored.at(-2)! * stored.at(-1)!])
}
