import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core'
import { UserError } from '@shared/userError'
import type { HalfTable, Kernels, PackedWeight } from '../../backends/kernels'
import { elementsOf, type Checkpoint, type HalfTensor, type StoredTensor } from '../../checkpoints/checkpoint'
import { brainToFloat, halfToFloat } from '../../checkpoints/halfFloat'
import { rowRanges } from '../../processes/largestArray'
import {
  pieceLength,
  storedShape,
  WeightSource,
  type Linear,
  type LinearLayout,
  type Outputs,
  type TokenTable,
  type WeightRole
} from './weightSource'

/** Draws values of a tensor's shape that take the place of the checkpoint's. */
export type WeightValues = (tensor: StoredTensor, role: WeightRole) => Float32Array

const tileRows = 16

/** Reads tensors by name out of a checkpoint; matrices are packed for the kernels that multiply with them. */
export class WeightReader extends WeightSource {
  private scratch = new Float32Array(0)
  private halfScratch = new Uint16Array(0)
  private lastDrawn: { name: string; values: Float32Array } | null = null

  /**
   * @param family title for refusals
   * @param drawn gives the values instead of the checkpoint; names and shapes are always the checkpoint's. Null: the
   * checkpoint's values
   */
  constructor(
    checkpoint: Checkpoint,
    family: string,
    private readonly kernels: Kernels,
    private readonly drawn: WeightValues | null = null
  ) {
    super(checkpoint, family)
  }

  tensor(name: string, shape: readonly number[], role: WeightRole): Tensor {
    return tf.tensor(this.values(name, shape, role), [...shape])
  }

  override tokenTable(name: string, rows: number, width: number): TokenTable[] {
    const halves = this.halvesOf(`${name}.weight`)
    if (halves) return this.halfTable(this.locate(`${name}.weight`, [rows, width]), halves)
    const ranges = rowRanges(rows, width)
    if (this.drawn || ranges.length === 1) return super.tokenTable(name, rows, width)
    const tensor = this.locate(`${name}.weight`, [rows, width])
    return ranges.map(({ first, count }) => {
      const values = new Float32Array(count * width)
      this.checkpoint.readInto(tensor.name, values, first * width)
      requireFinite(tensor, values, first * width)
      return tf.tensor2d(values, [count, width])
    })
  }

  private halfTable(tensor: StoredTensor, { type, readInto }: HalfTensor): HalfTable[] {
    const [rows, width] = tensor.shape as [number, number]
    return rowRanges(rows, width, 2).map(({ first, count }) =>
      this.kernels.halves!.table([count, width], type, (target, at) => {
        readInto(target, first * width + at)
        requireFinite(tensor, target, first * width + at)
      })
    )
  }

  /** How a tensor is stored, where it stays in 16-bit numbers. */
  private halvesOf(name: string): HalfTensor | null {
    return this.drawn || !this.kernels.halves || !this.has(name)
      ? null
      : (this.checkpoint.halves?.(this.spelt(name)) ?? null)
  }

  private values(name: string, shape: readonly number[], role: WeightRole): Float32Array {
    const tensor = this.locate(name, shape)
    if (this.drawn) return this.drawn(tensor, role)
    const values = this.checkpoint.read(tensor.name)
    requireFinite(tensor, values, 0)
    return values
  }

  linear(parts: readonly Outputs[], inputs: number, { bias, inOut = false }: LinearLayout): Linear {
    const columns = parts.reduce((sum, { count }) => sum + count, 0)
    return {
      weight: this.packed(parts, inputs, columns, inOut),
      bias: bias ? this.biases(parts, columns) : null
    }
  }

  private packed(parts: readonly Outputs[], inputs: number, columns: number, inOut: boolean): PackedWeight {
    const halves = parts.map(({ name }) => this.halvesOf(`${name}.weight`))
    const type = halves[0]?.type
    // Matrices of one product are kept in 16 bits if all are stored so, and in the same way.
    if (type && halves.every((half) => half?.type === type)) {
      if (!inOut && parts.every(isStoredOrder))
        return this.kernels.halves!.pack(this.rowsOfParts(parts, inputs, columns), inputs, columns, type, true)
      const values = this.columns(parts, inputs, columns, inOut, {
        array: (length) => this.shorts(length),
        read: (name, target, first) => this.checkpoint.halves!(name)!.readInto(target, first)
      })
      return this.kernels.halves!.pack(values, inputs, columns, type)
    }
    const values = this.columns(parts, inputs, columns, inOut, {
      array: (length) => this.array(length),
      read: (name, target, first) => this.checkpoint.readInto(name, target, first)
    })
    const plain = tf.tensor2d(values, [inputs, columns])
    const weight = this.kernels.pack(plain)
    plain.dispose()
    return weight
  }

  /** Matrices [out, in] one below the other, as they are stored. */
  private rowsOfParts(parts: readonly Outputs[], inputs: number, columns: number): Uint16Array {
    const tensors = parts.map(({ name, stored }) => this.locate(`${name}.weight`, [stored, inputs]))
    const result = this.shorts(inputs * columns)
    let first = 0
    for (const tensor of tensors) {
      const size = elementsOf(tensor.shape)
      const values = result.subarray(first, first + size)
      this.checkpoint.halves!(tensor.name)!.readInto(values, 0)
      requireFinite(tensor, values, 0)
      first += size
    }
    return result
  }

  /** Matrices that are one tensor are read one after another: the last one drawn is kept. */
  private drawMatrix(tensor: StoredTensor): Float32Array | undefined {
    if (this.drawn && this.lastDrawn?.name !== tensor.name)
      this.lastDrawn = { name: tensor.name, values: this.drawn(tensor, 'matrix') }
    return this.lastDrawn?.values
  }

  /** Reads a matrix a piece at a time, so that it is in memory once, in the order it is wanted. */
  private columns<T extends Numbers>(
    parts: readonly Outputs[],
    inputs: number,
    columns: number,
    inOut: boolean,
    { array, read }: { array: (length: number) => T; read: (name: string, target: T, first: number) => void }
  ): T {
    const tensors = new Map(
      parts.map((part) => {
        const shape = [...stackOf(part.stack), ...storedShape(part, inputs, inOut)]
        const { stack, groups = 1, inputs: taken } = part
        return [part.name, { tensor: this.locate(`${part.name}.weight`, shape), stack, groups, taken }]
      })
    )
    // Only now: a config can claim any size; the file's is checked.
    const result = array(inputs * columns)
    if (parts.some(leavesZeros) || parts.some(({ groups }) => groups)) result.fill(0)
    for (const [name, columnOf] of columnsOfOutputs(parts)) {
      const { tensor, stack, groups, taken = { first: 0, of: inputs } } = tensors.get(name)!
      const [rows, width] = inOut ? [inputs, columnOf.length / groups] : [columnOf.length, taken.of / groups]
      const first = (stack?.index ?? 0) * rows * width
      const whole = this.drawMatrix(tensor)?.subarray(first, first + rows * width) as T | undefined
      const inGroup = rows / groups
      const step = Math.min(inGroup, Math.max(1, Math.floor(pieceLength / width)))
      const piece = numbersLike(result, whole ? 0 : step * width)
      for (let row = 0, next = 0; row < rows; row = next) {
        const group = Math.floor(row / inGroup)
        next = Math.min(row + step, (group + 1) * inGroup)
        const length = (next - row) * width
        const part = (whole ? whole.subarray(row * width, row * width + length) : piece.subarray(0, length)) as T
        if (!whole) {
          read(tensor.name, part, first + row * width)
          requireFinite(tensor, part, first + row * width)
        }
        if (inOut) placeRows(part, row, columnOf.subarray(group * width, (group + 1) * width), result, columns)
        else {
          const rowsOfStored = { rows: part, width, first: taken.first, count: inputs / groups }
          placeColumns(rowsOfStored, columnOf.subarray(row), result.subarray(group * width * columns), columns)
        }
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

  private shorts(length: number): Uint16Array {
    if (this.halfScratch.length < length) this.halfScratch = new Uint16Array(length)
    return this.halfScratch.subarray(0, length)
  }

  private biases(parts: readonly Outputs[], columns: number): Tensor1D {
    const result = new Float32Array(columns)
    let first = 0
    for (const { name, stored, count, row, stack } of parts) {
      const bias = stack && !this.has(`${name}.bias`) ? `${name}_bias` : `${name}.bias`
      const source = this.values(bias, [...stackOf(stack), stored], 'bias')
      const before = (stack?.index ?? 0) * stored
      for (let o = 0; o < count; o++) if (row(o) >= 0) result[first + o] = source[before + row(o)]!
      first += count
    }
    return tf.tensor1d(result)
  }
}

/** Numbers of a matrix, in 32 bits or in the 16 in which they are stored. */
type Numbers = Float32Array | Uint16Array

function numbersLike<T extends Numbers>(values: T, length: number): T {
  return (values instanceof Float32Array ? new Float32Array(length) : new Uint16Array(length)) as T
}

/** The first that is not a number; -1 where there is none. In 16 bits these are those whose exponent is all ones. */
function firstNotFinite(values: Numbers, dtype: StoredTensor['dtype']): number {
  if (values instanceof Uint16Array) {
    const exponent = dtype === 'F16' ? 0x7c00 : 0x7f80
    for (let i = 0; i < values.length; i++) if ((values[i]! & exponent) === exponent) return i
    return -1
  }
  // In 64 bits a sum of 32-bit numbers is finite exactly where all of them are: one test instead of many.
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return Number.isFinite(sum) ? -1 : values.findIndex((value) => !Number.isFinite(value))
}

function widened(value: number, values: Numbers, dtype: StoredTensor['dtype']): number {
  if (values instanceof Float32Array) return value
  const [source, target] = [Uint16Array.of(value), new Float32Array(1)]
  if (dtype === 'F16') halfToFloat(source, target)
  else brainToFloat(source, target)
  return target[0]!
}

/**
 * @param values of the tensor, from number `first` on
 * @throws UserError naming the place of the first that is not a number
 */
export function requireFinite({ name, shape, dtype }: StoredTensor, values: Numbers, first: number): void {
  const at = firstNotFinite(values, dtype)
  if (at === -1) return
  const width = shape.at(-1) ?? 1
  const place = first + at
  const where = shape.length > 1 ? `row ${Math.floor(place / width)}, column ${place % width}` : `position ${place}`
  const cause =
    dtype === 'F64'
      ? 'it does not fit a 32-bit number'
      : 'training that diverged leaves such values, and so does saving as ' +
        `${dtype === 'F16' ? 'F16' : 'half precision'} what does not fit`
  throw new UserError(
    `The tensor '${name}' holds ${String(widened(values[at]!, values, dtype))} at ${where} (from 0): ${cause}. Every ` +
      'layer after it would give values that are not numbers; open another checkpoint of the model.'
  )
}

/** Whether all outputs of a matrix are wanted in the order in which they are stored. */
function isStoredOrder({ stored, count, row, stack, groups, inputs }: Outputs): boolean {
  if (stored !== count || stack || groups || inputs) return false
  for (let output = 0; output < count; output++) if (row(output) !== output) return false
  return true
}

/** Whether some outputs are of no stored one. */
function leavesZeros({ count, row }: Outputs): boolean {
  for (let output = 0; output < count; output++) if (row(output) < 0) return true
  return false
}

function stackOf(stack: Outputs['stack']): number[] {
  return stack ? [stack.of] : []
}

/** For each stored matrix, the column that each of its outputs becomes; -1 for one that is not wanted. */
function columnsOfOutputs(parts: readonly Outputs[]): Map<string, Int32Array> {
  const result = new Map<string, Int32Array>()
  let first = 0
  for (const { name, stored, count, row } of parts) {
    const columnOf = result.get(name) ?? new Int32Array(stored).fill(-1)
    result.set(name, columnOf)
    for (let output = 0; output < count; output++) {
      const stored = row(output)
      if (stored >= 0) columnOf[stored] = first + output
    }
    first += count
  }
  return result
}

/** Rows of [in, out]. */
function placeRows(rows: Numbers, firstRow: number, columnOf: Int32Array, target: Numbers, columns: number): void {
  const width = columnOf.length
  for (let at = 0, row = firstRow; at < rows.length; at += width, row++) {
    for (let output = 0; output < width; output++) {
      const column = columnOf[output]!
      if (column >= 0) target[row * columns + column] = rows[at + output]!
    }
  }
}

/** Rows of [out, in], some at a time: neighbouring writes then share a cache line. Of their inputs `count` count. */
function placeColumns(
  { rows, width, first: firstInput, count: inputs }: { rows: Numbers; width: number; first: number; count: number },
  columnOf: Int32Array,
  target: Numbers,
  columns: number
): void {
  const count = rows.length / width
  for (let first = 0; first < count; first += tileRows) {
    const last = Math.min(first + tileRows, count)
    for (let input = 0; input < inputs; input++) {
      for (let row = first; row < last; row++) {
        const column = columnOf[row]!
        if (column >= 0) target[input * columns + column] = rows[row * width + firstInput + input]!
      }
    }
  }
}
