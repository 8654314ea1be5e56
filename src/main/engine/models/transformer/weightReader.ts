import * as tf from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { quoted, UserError } from '@shared/userError'
import type { Kernels, PackedWeight } from '../../backends/kernels'
import { elementsOf, type Checkpoint, type StoredTensor } from '../../checkpoints/checkpoint'
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

/** Draws values of a tensor's shape that take the place of the checkpoint's. */
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

/** Numbers of a matrix that are read at once. */
const pieceLength = 1 << 20
const tileRows = 16

/** All outputs of a matrix in their stored order. */
export function wholeMatrix(name: string, count: number): Outputs {
  return { name, stored: count, count, row: (output) => output }
}

/**
 * Reads tensors by name out of a checkpoint, checks every shape before the backend sees it, and remembers which
 * were read.
 */
export class WeightReader {
  private readonly names: ReadonlySet<string>
  private readonly used = new Set<string>()
  private scratch = new Float32Array(0)

  /**
   * @param family title for refusals
   * @param drawn gives the values instead of the checkpoint; names and shapes are always the checkpoint's. Null: the
   * checkpoint's values
   */
  constructor(
    private readonly checkpoint: Checkpoint,
    private readonly family: string,
    private readonly kernels: Kernels,
    private readonly drawn: WeightValues | null = null
  ) {
    this.names = new Set(checkpoint.names())
  }

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

  /**
   * `name` ends in .weight or .bias, or is the whole name of a tensor.
   * @throws UserError naming the tensor that is missing or has another shape
   */
  values(name: string, shape: readonly number[], role: WeightRole): Float32Array {
    const tensor = this.locate(name, shape)
    if (this.drawn) return this.drawn(tensor, role)
    const values = this.checkpoint.read(tensor.name)
    requireFinite(tensor, values, 0)
    return values
  }

  /**
   * Whether two tensors hold the same numbers. What is drawn in place of them is not: there the config decides.
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
  private locate(name: string, shape: readonly number[]): StoredTensor {
    const full = this.spelt(name)
    this.used.add(full)
    const tensor = this.checkpoint.describe(full)
    if (!fits(tensor.shape, shape))
      throw new UserError(
        `The tensor '${full}' has shape [${tensor.shape.join(', ')}] but config.json needs [${shape.join(', ')}].`
      )
    return tensor
  }

  private spelt(name: string): string {
    const full = this.spellings(name).find((candidate) => this.names.has(candidate))
    if (full) return full
    const shared = sharedBeginning([...this.names])
    const all = shared ? ` The names of all its tensors begin with ${quoted(shared, 80)}.` : ''
    throw new UserError(
      `The checkpoint has no tensor '${name}', which a ${this.family} model with this config.json needs.${all}`
    )
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

  /** Reads a matrix a piece at a time, so that it is in memory once, in the order it is wanted. */
  private columns(parts: readonly Outputs[], inputs: number, columns: number, inOut: boolean): Float32Array {
    const extents = (stored: number): [number, number] => (inOut ? [inputs, stored] : [stored, inputs])
    const tensors = new Map(parts.map(({ name, stored }) => [name, this.locate(`${name}.weight`, extents(stored))]))
    // Only now: a config can claim any size; the file's is checked.
    const result = this.array(inputs * columns)
    for (const [name, columnOf] of columnsOfOutputs(parts)) {
      const tensor = tensors.get(name)!
      const [rows, width] = extents(columnOf.length)
      const whole = this.drawn?.(tensor, 'matrix')
      const step = Math.max(1, Math.floor(pieceLength / width))
      const piece = new Float32Array(whole ? 0 : Math.min(step, rows) * width)
      for (let row = 0; row < rows; row += step) {
        const length = Math.min(step, rows - row) * width
        const part = whole ? whole.subarray(row * width, row * width + length) : piece.subarray(0, length)
        if (!whole) {
          this.checkpoint.readInto(tensor.name, part, row * width)
          requireFinite(tensor, part, row * width)
        }
        if (inOut) placeRows(part, row, columnOf, result, columns)
        else placeColumns(part, width, columnOf.subarray(row), result, columns)
      }
    }
    return result
  }

  /**
   * Every matrix in turn goes through one array where it can: large ones that are thrown away stay in memory for long.
   */
  private array(length: number): Float32Array {
    if (!this.kernels.packCopies()) return new Float32Array(length)
    if (this.scratch.length < length) this.scratch = new Float32Array(length)
    return this.scratch.subarray(0, length)
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
 * @param values of the tensor, from number `first` on
 * @throws UserError naming the place of the first that is not a number
 */
function requireFinite({ name, shape, dtype }: StoredTensor, values: Float32Array, first: number): void {
  // In 64 bits a sum of 32-bit numbers is finite exactly where all of them are: one test instead of many.
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  if (Number.isFinite(sum)) return
  const at = values.findIndex((value) => !Number.isFinite(value))
  const width = shape.at(-1) ?? 1
  const place = first + at
  const where = shape.length > 1 ? `row ${Math.floor(place / width)}, column ${place % width}` : `position ${place}`
  const cause =
    dtype === 'F64'
      ? 'it does not fit a 32-bit number'
      : 'training that diverged leaves such values, and so does saving as ' +
        `${dtype === 'F16' ? 'F16' : 'half precision'} what does not fit`
  throw new UserError(
    `The tensor '${name}' holds ${String(values[at])} at ${where} (from 0): ${cause}. Every layer after it ` +
      'would give values that are not numbers; open another checkpoint of the model.'
  )
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

/** For each stored matrix, the column that each of its outputs becomes; -1 for one that is not wanted. */
function columnsOfOutputs(parts: readonly Outputs[]): Map<string, Int32Array> {
  const result = new Map<string, Int32Array>()
  let first = 0
  for (const { name, stored, count, row } of parts) {
    const columnOf = result.get(name) ?? new Int32Array(stored).fill(-1)
    result.set(name, columnOf)
    for (let output = 0; output < count; output++) columnOf[row(output)] = first + output
    first += count
  }
  return result
}

/** Rows of [in, out]. */
function placeRows(
  rows: Float32Array,
  firstRow: number,
  columnOf: Int32Array,
  target: Float32Array,
  columns: number
): void {
  const width = columnOf.length
  for (let at = 0, row = firstRow; at < rows.length; at += width, row++) {
    for (let output = 0; output < width; output++) {
      const column = columnOf[output]!
      if (column >= 0) target[row * columns + column] = rows[at + output]!
    }
  }
}

/** Rows of [out, in], some at a time: neighbouring writes then share a cache line. */
function placeColumns(
  rows: Float32Array,
  width: number,
  columnOf: Int32Array,
  target: Float32Array,
  columns: number
): void {
  const count = rows.length / width
  for (let first = 0; first < count; first += tileRows) {
    const last = Math.min(first + tileRows, count)
    for (let input = 0; input < width; input++) {
      for (let row = first; row < last; row++) {
        const column = columnOf[row]!
        if (column >= 0) target[input * columns + column] = rows[row * width + input]!
      }
    }
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
