import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { legible, quoted, UserError } from '@shared/userError'
import type { HalfTable, PackedWeight } from '../../backends/kernels'
import { elementsOf, type Checkpoint, type StoredTensor } from '../../checkpoints/checkpoint'
import type { Norm } from './norms'

/**
 * A linear layer, transposed to [in, out]: transposed products are slow or wrong on some backends.
 */
export interface Linear {
  weight: PackedWeight
  bias: Tensor1D | null
}

/** Rows of token embeddings; where they are stored in 16-bit numbers, as the kernels hold them. */
export type TokenTable = Tensor2D | HalfTable

/** What a tensor is for, as far as its values before training depend on it. */
export type WeightRole = 'matrix' | 'embedding' | 'gain' | 'bias'

/**
 * Outputs of a stored matrix in the order they are wanted: `row(o)` is the stored output that becomes output o, or -1
 * for an output that is 0.
 */
export interface Outputs {
  name: string
  /** Outputs stored. */
  stored: number
  /** Outputs wanted. */
  count: number
  row: (output: number) => number
  /** The matrix is number `index` of the `of` that its tensor has one after another. */
  stack?: { index: number; of: number }
  /**
   * Inputs and outputs are in as many groups, side by side, and an output reads the inputs of its group alone: the
   * matrix is block-diagonal, and what is stored is [stored, inputs / groups], or [groups, inputs / groups, stored /
   * groups] where a matrix is stored [in, out]. Absent: 1.
   */
  groups?: number
  /** Wanted are as many inputs as the layer has, from `first` on, of the `of` that are stored; absent: all. */
  inputs?: { first: number; of: number }
  /** Which part of a block's attention they are, where they are one. */
  part?: AttentionPart
}

/** Queries, keys or values of a block. */
export interface AttentionPart {
  name: 'query' | 'key' | 'value'
  /** Of the blocks that have weights of their own (0-based). */
  block: number
  /** The place of output o among the part's own in the order of the checkpoint: head by head. */
  place: (output: number) => number
}

/** The shape of the tensor, or of one of those that are stacked in it. */
export function storedShape(
  { stored, groups = 1, inputs: taken }: Outputs,
  inputs: number,
  inOut: boolean
): [number, number] | [number, number, number] {
  if (!inOut) return [stored, (taken?.of ?? inputs) / groups]
  return groups === 1 ? [inputs, stored] : [groups, inputs / groups, stored / groups]
}

/** Numbers of a matrix that are read at once. */
export const pieceLength = 1 << 20

/** How the matrices of a linear layer are stored. */
export interface LinearLayout {
  bias: boolean
  /** [in, out]; PyTorch's own linear layer stores [out, in]. */
  inOut?: boolean
}

/** All outputs of a matrix in their stored order. */
export function wholeMatrix(name: string, count: number, groups = 1): Outputs {
  return { name, stored: count, count, row: (output) => output, ...(groups > 1 && { groups }) }
}

/**
 * Gives a family's weights by the names of its checkpoint, checks every shape before the backend sees it, and
 * remembers which were taken. What the values are, and whether anything can be derived with respect to them, is up to
 * those that extend it.
 */
export abstract class WeightSource {
  private readonly names: ReadonlySet<string>
  private readonly used = new Set<string>()

  /** @param family title for refusals */
  constructor(
    protected readonly checkpoint: Checkpoint,
    private readonly family: string
  ) {
    this.names = new Set(checkpoint.names())
  }

  /**
   * `name` ends in .weight or .bias, or is the whole name of a tensor. The result has the given shape.
   * @throws UserError naming the tensor that is missing, has another shape or holds values that are not numbers
   */
  abstract tensor(name: string, shape: readonly number[], role: WeightRole): Tensor

  /** One linear layer from one or several stored matrices, their outputs side by side. */
  abstract linear(parts: readonly Outputs[], inputs: number, layout: LinearLayout): Linear

  has(name: string): boolean {
    return this.spellings(name).some((candidate) => this.names.has(candidate))
  }

  /** Names that were not used. */
  unused(): string[] {
    return [...this.names].filter((name) => !this.used.has(name))
  }

  /** Counts a tensor as known although its values are not needed. */
  pass(name: string): void {
    for (const candidate of this.spellings(name)) this.used.add(candidate)
  }

  vector(name: string, length: number): Tensor1D {
    return this.tensor(name, [length], 'bias') as Tensor1D
  }

  matrix(name: string, rows: number, columns: number): Tensor2D {
    return this.tensor(name, [rows, columns], 'matrix') as Tensor2D
  }

  table(name: string, rows: number, width: number): Tensor2D {
    return this.tensor(`${name}.weight`, [rows, width], 'embedding') as Tensor2D
  }

  /**
   * The rows that tokens take, one piece after another: vocabularies are large, and a process may not be able to hold
   * them in one. A source that needs it whole gives one piece.
   */
  tokenTable(name: string, rows: number, width: number): TokenTable[] {
    return [this.table(name, rows, width)]
  }

  norm(name: string, width: number, { gain, bias, offset }: { gain: boolean; bias: boolean; offset: number }): Norm {
    return {
      gamma: gain ? this.gain(`${name}.weight`, width, offset) : tf.ones([width]),
      beta: bias ? this.vector(`${name}.bias`, width) : tf.zeros([width])
    }
  }

  gain(name: string, width: number, offset: number): Tensor1D {
    return tf.tidy(() => {
      const values = this.tensor(name, [width], 'gain') as Tensor1D
      return offset ? tf.add(values, offset) : values
    })
  }

  /**
   * Whether two tensors of the checkpoint hold the same numbers.
   * @throws UserError where one of them is missing
   */
  equal(first: string, second: string): boolean {
    const [a, b] = [first, second].map((name) => this.checkpoint.describe(this.spelt(name))) as [
      StoredTensor,
      StoredTensor
    ]
    if (a.shape.join() !== b.shape.join()) return false
    const count = elementsOf(a.shape)
    const [left, right] = [0, 1].map(() => new Float32Array(Math.min(count, pieceLength))) as [
      Float32Array,
      Float32Array
    ]
    for (let at = 0; at < count; at += pieceLength) {
      const length = Math.min(pieceLength, count - at)
      this.checkpoint.readInto(a.name, left.subarray(0, length), at)
      this.checkpoint.readInto(b.name, right.subarray(0, length), at)
      for (let i = 0; i < length; i++) if (left[i] !== right[i]) return false
    }
    return true
  }

  /** The tensor, in the checkpoint's own spelling, that must be there and of this shape. */
  protected locate(name: string, shape: readonly number[]): StoredTensor {
    const full = this.spelt(name)
    this.used.add(full)
    const tensor = this.checkpoint.describe(full)
    if (!fits(tensor.shape, shape))
      throw new UserError(
        `The tensor '${full}'${this.inFile(full)} has shape [${tensor.shape.join(', ')}] but config.json needs ` +
          `[${shape.join(', ')}].`
      )
    return tensor
  }

  protected spelt(name: string): string {
    const full = this.spellings(name).find((candidate) => this.names.has(candidate))
    if (full) return full
    const shared = sharedBeginning([...this.names])
    const all = shared ? ` The names of all its tensors begin with ${quoted(shared, 80)}.` : ''
    throw new UserError(
      `The checkpoint has no tensor '${name}'${this.inFile(name)}, which a ${this.family} model with this ` +
        `config.json needs.${all}`
    )
  }

  /** The file's name for a tensor, in parentheses, where it has another. */
  private inFile(name: string): string {
    const spelling = this.checkpoint.nameInFile?.(name) ?? null
    return spelling === null ? '' : ` (in the file '${legible(spelling)}')`
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

/** What all names begin with, up to a dot; empty where they share nothing. */
function sharedBeginning(names: readonly string[]): string {
  const first = names[0] ?? ''
  const parts = first.split('.').slice(0, -1)
  for (let length = parts.length; length > 0; length--) {
    const beginning = `${parts.slice(0, length).join('.')}.`
    if (names.every((name) => name.startsWith(beginning))) return beginning
  }
  return ''
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
