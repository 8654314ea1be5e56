import { legible, UserError } from '@shared/userError'
import { fieldsOf, type ProtoField } from '../../files/protobuf'
import { elementBytes, elementsOf, type StorageType } from '../checkpoint'
import type { Extent } from './sliceKeys'

/** The version of bundles that is read (tensorflow/core/util/tensor_bundle, `kTensorBundleVersion`). */
const knownVersion = 1
/** Far more data files than any checkpoint has. */
const mostShards = 100_000

/** Types of tensors that are read, by their numbers in tensorflow/core/framework/types.proto. */
const readTypes: Readonly<Record<number, StorageType>> = {
  1: 'F32',
  2: 'F64',
  3: 'I32',
  4: 'U8',
  5: 'I16',
  6: 'I8',
  9: 'I64',
  10: 'BOOL',
  14: 'BF16',
  17: 'U16',
  19: 'F16',
  22: 'U32',
  23: 'U64'
}
const stringType = 7
/** Types that are not read, for sentences. */
const otherTypes: Readonly<Record<number, string>> = {
  [stringType]: 'strings',
  8: 'complex64',
  11: 'qint8',
  12: 'quint8',
  13: 'qint32',
  18: 'complex128',
  20: 'resource',
  21: 'variant'
}

/** Where the bytes of a tensor, a slice or a list of strings are. */
export interface StoredRange {
  shard: number
  offset: number
  size: number
  /** Masked CRC-32C of the bytes. */
  checksum: number
}

/** What the index says of a variable, not yet checked. */
export interface BundleEntry {
  type: number
  /** Null for one of unknown rank. */
  shape: readonly number[] | null
  range: StoredRange
  /** The parts it is stored in; empty for one that is stored whole. */
  slices: readonly (readonly Extent[])[]
}

/**
 * The number of data files, from the entry with the empty key.
 * @param file the index' name, for refusals
 * @throws UserError where there is no such entry, or where it says that this program cannot read the rest
 */
export function readBundleHeader(header: Uint8Array | undefined, file: string): number {
  if (!header)
    throw new UserError(
      `${file} is not the index of a TensorFlow checkpoint: its first entry, the header, is missing. Download it ` +
        'again, or save the checkpoint again.'
    )
  let shards = 0
  return parsed(file, 'its header', () => {
    for (const { field, value } of fieldsOf(header)) {
      if (field === 1) shards = count(value)
      else if (field === 2 && value !== 0)
        throw new UserError(
          `${file} says that its tensors are stored big-endian, which Layerscope does not read. Save the checkpoint ` +
            'again on a little-endian machine.'
        )
      else if (field === 3 && value instanceof Uint8Array) requireVersion(value, file)
    }
    if (shards > mostShards) throw new RangeError('shards')
    return shards
  })
}

function requireVersion(bytes: Uint8Array, file: string): void {
  for (const { field, value } of fieldsOf(bytes)) {
    // 2: the oldest version that may read it; 3: versions that must not.
    const refuses = field === 2 ? count(value) > knownVersion : field === 3 && value === knownVersion
    if (refuses)
      throw new UserError(
        `${file} is a checkpoint for readers of version ${field === 2 ? String(value) : 'other than 1'}; Layerscope ` +
          `knows version ${knownVersion}. Save it again with an older TensorFlow.`
      )
  }
}

/** @throws UserError naming the variable, where its entry is malformed */
export function readBundleEntry(bytes: Uint8Array, file: string, name: string): BundleEntry {
  return parsed(file, `the entry of '${legible(name)}'`, () => {
    const entry = { type: 0, shape: [] as number[] | null, slices: [] as Extent[][] }
    const range = { shard: 0, offset: 0, size: 0, checksum: 0 }
    for (const { field, value } of fieldsOf(bytes)) {
      if (field === 1) entry.type = count(value)
      else if (field === 2) entry.shape = readShape(message(value))
      // Kept as they are: what is too large is refused by name once it is needed.
      else if (field === 3) range.shard = number(value)
      else if (field === 4) range.offset = number(value)
      else if (field === 5) range.size = number(value)
      else if (field === 6) range.checksum = fixed32(message(value))
      else if (field === 7) entry.slices.push(readExtents(message(value)))
    }
    return { ...entry, range }
  })
}

/**
 * The type and shape of a variable that is needed as numbers.
 * @throws UserError naming the variable, where it is of another type or its shape cannot be
 */
export function numbersOf(
  { type, shape }: BundleEntry,
  file: string,
  name: string
): { dtype: StorageType; shape: readonly number[] } {
  const dtype = readTypes[type]
  const shown = legible(name)
  if (dtype === undefined) {
    const title = otherTypes[type] === undefined ? `type ${type}` : `type ${type} (${otherTypes[type]})`
    throw new UserError(
      `${file} stores '${shown}' as ${title}, which Layerscope does not read as a weight. Convert it to float32 and ` +
        'save the checkpoint again.'
    )
  }
  const bytes = shape && elementsOf(shape) * elementBytes[dtype]
  if (!shape?.every((extent) => Number.isSafeInteger(extent) && extent >= 0) || !Number.isSafeInteger(bytes))
    throw new UserError(
      `${file} is damaged: '${shown}' has the shape [${shape ? shape.map(dimension).join(', ') : 'unknown'}], which ` +
        'no tensor has. Download it again, or save the checkpoint again.'
    )
  return { dtype, shape }
}

export function isStrings({ type }: BundleEntry): boolean {
  return type === stringType
}

function readShape(bytes: Uint8Array): number[] | null {
  const shape: number[] = []
  for (const { field, value } of fieldsOf(bytes)) {
    if (field === 3 && value === 1) return null
    if (field !== 2) continue
    let extent = 0
    for (const part of fieldsOf(message(value))) if (part.field === 1) extent = number(part.value)
    shape.push(extent)
  }
  return shape
}

function readExtents(bytes: Uint8Array): Extent[] {
  const extents: Extent[] = []
  for (const { field, value } of fieldsOf(bytes)) {
    if (field !== 1) continue
    const extent = { start: 0, length: -1 }
    for (const part of fieldsOf(message(value))) {
      if (part.field === 1) extent.start = count(part.value)
      else if (part.field === 2) extent.length = count(part.value)
    }
    extents.push(extent)
  }
  return extents
}

/** A varint of 64 bits may be the two's complement of a negative number. */
function dimension(extent: number): string {
  return extent >= 2 ** 63 ? 'a negative number' : String(extent)
}

function parsed<T>(file: string, what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new UserError(`${file} is damaged: ${what} is malformed. Download it again, or save the checkpoint again.`)
  }
}

function message(value: ProtoField['value']): Uint8Array {
  if (typeof value === 'number') throw new RangeError('message')
  return value
}

function number(value: ProtoField['value']): number {
  if (typeof value !== 'number') throw new RangeError('number')
  return value
}

function count(value: ProtoField['value']): number {
  const whole = number(value)
  if (!Number.isSafeInteger(whole)) throw new RangeError('number')
  return whole
}

function fixed32(bytes: Uint8Array): number {
  if (bytes.length !== 4) throw new RangeError('fixed32')
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true)
}
