import { legible } from '@shared/userError'
import { floatArray } from '../processes/largestArray'

/** The storage types that are read, by safetensors' names. */
export type StorageType =
  'F32' | 'F16' | 'BF16' | 'F64' | 'I64' | 'I32' | 'I16' | 'U8' | 'BOOL' | 'I8' | 'U16' | 'U32' | 'U64'

export const elementBytes: Record<StorageType, number> = {
  F32: 4,
  F16: 2,
  BF16: 2,
  F64: 8,
  I64: 8,
  I32: 4,
  I16: 2,
  U8: 1,
  BOOL: 1,
  I8: 1,
  U16: 2,
  U32: 4,
  U64: 8
}

/** In safetensors and PyTorch's files, these are parts of quantised weights. */
const ofQuantised: readonly string[] = ['I8', 'U16', 'U32', 'U64']

export interface StoredTensor {
  name: string
  dtype: StorageType
  shape: number[]
  /** Byte range in the file's data section. */
  begin: number
  end: number
}

/** A tensor that is stored in 16-bit numbers, one after another. */
export interface HalfTensor {
  type: 'F16' | 'BF16'
  /** Fills `target` with the numbers from number `first` on, as they are stored. */
  readInto(target: Uint16Array, first: number): void
}

/** Named tensors of one checkpoint, read one at a time so that memory stays near the size of what is kept. */
export interface Checkpoint {
  readonly path: string
  /** The files that hold its tensors. */
  readonly files: readonly string[]
  readonly bytes: number
  readonly metadata: Readonly<Record<string, string>>
  /** Notes for the user on how it was read. */
  readonly notes: readonly string[]
  /** How the file spells a tensor's name, where that is not the name here; null where it has no such spelling. */
  readonly nameInFile?: (name: string) => string | null
  names(): string[]
  has(name: string): boolean
  describe(name: string): StoredTensor
  /** The values as float32, whatever they are stored as. */
  read(name: string): Float32Array
  /** Fills `target` with the values from number `first` on, row by row. */
  readInto(name: string, target: Float32Array, first: number): void
  /** The tensor as it is stored, in 16-bit numbers; null where it is not, or where its values are not those stored. */
  halves?(name: string): HalfTensor | null
  close(): void
}

/**
 * A whole tensor, read into an array that holds nothing else.
 * @param noun what a message calls the tensor if this process cannot hold it
 * @throws UserError as `describe`, `readInto` and `floatArray`
 */
export function readWhole(
  { describe, readInto }: Pick<Checkpoint, 'describe' | 'readInto'>,
  name: string,
  noun = 'tensor'
): Float32Array {
  const values = floatArray(elementsOf(describe(name).shape), `The ${noun} ${name}`)
  readInto(name, values, 0)
  return values
}

/** What `Checkpoint.halves` gives for a tensor whose numbers begin at a place in a file. */
export function halvesAt(
  file: { fill(target: Uint8Array, position: number, what: string): void },
  { name, dtype }: StoredTensor,
  position: number
): HalfTensor | null {
  if (dtype !== 'F16' && dtype !== 'BF16') return null
  return {
    type: dtype,
    readInto: (target, first) =>
      file.fill(new Uint8Array(target.buffer, target.byteOffset, target.byteLength), position + 2 * first, name)
  }
}

/** Whether tensors of a safetensors or PyTorch file are read where they have this type. */
export function isStorageType(dtype: string): dtype is StorageType {
  return Object.hasOwn(elementBytes, dtype) && !ofQuantised.includes(dtype)
}

/** Why weights of another type are refused; `file` and `name` say where. */
export function typeRefusal(file: string, name: string, dtype: string): string {
  return (
    `${file} stores '${legible(name)}' as ${legible(dtype, 40)}; Layerscope reads F32, F16 and BF16. Convert ` +
    'the checkpoint to one of these.'
  )
}

export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1)
}
