import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import { UserError } from '@shared/userError'
import { brainToFloat, halfToFloat } from './halfFloat'

export type StorageType = 'F32' | 'F16' | 'BF16' | 'F64' | 'I64' | 'I32' | 'U8'

export interface StoredTensor {
  name: string
  dtype: StorageType
  shape: number[]
  /** Byte range in the file's data section. */
  begin: number
  end: number
}

/** Named tensors of one checkpoint, read one at a time so that memory stays near the size of what is kept. */
export interface Checkpoint {
  readonly path: string
  readonly bytes: number
  readonly metadata: Readonly<Record<string, string>>
  names(): string[]
  has(name: string): boolean
  describe(name: string): StoredTensor
  /** The values as float32, whatever they are stored as. */
  read(name: string): Float32Array
  close(): void
}

const elementBytes: Record<StorageType, number> = { F32: 4, F16: 2, BF16: 2, F64: 8, I64: 8, I32: 4, U8: 1 }

/** The reference implementation refuses longer headers as well; none of a real model comes near. */
const largestHeader = 100_000_000

/**
 * Opens a safetensors file (https://github.com/huggingface/safetensors, format section). Every offset is checked
 * against the file's size before anything is read.
 * @throws UserError naming the file and what is wrong with it.
 */
export function openSafetensors(path: string): Checkpoint {
  const file = basename(path)
  const descriptor = openSync(path, 'r')
  try {
    const { tensors, metadata, dataStart, bytes } = readHeader(descriptor, file)
    return {
      path,
      bytes,
      metadata,
      names: () => [...tensors.keys()],
      has: (name) => tensors.has(name),
      describe: (name) => need(tensors, name, file),
      read: (name) => readTensor(descriptor, dataStart, need(tensors, name, file), file),
      close: () => closeSync(descriptor)
    }
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

function need(tensors: Map<string, StoredTensor>, name: string, file: string): StoredTensor {
  const tensor = tensors.get(name)
  if (!tensor) throw new UserError(`${file} has no tensor '${name}'.`)
  return tensor
}

function readHeader(descriptor: number, file: string) {
  const bytes = fstatSync(descriptor).size
  if (bytes < 8) throw new UserError(`${file} is too short to be a safetensors file (${bytes} bytes); it may not have been downloaded completely.`)
  const lengthBytes = Buffer.alloc(8)
  readSync(descriptor, lengthBytes, 0, 8, 0)
  const length = Number(lengthBytes.readBigUInt64LE())
  if (length > largestHeader || length + 8 > bytes) {
    throw new UserError(`${file} is not a safetensors file, or is cut short: its header claims ${length} bytes, the file has ${bytes}.`)
  }
  const headerBytes = Buffer.alloc(length)
  readSync(descriptor, headerBytes, 0, length, 8)
  let header: Record<string, unknown>
  try {
    header = JSON.parse(headerBytes.toString('utf8')) as Record<string, unknown>
  } catch {
    throw new UserError(`${file} is not a safetensors file: its header is not JSON.`)
  }
  const dataStart = 8 + length
  const tensors = new Map<string, StoredTensor>()
  let metadata: Record<string, string> = {}
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') metadata = value as Record<string, string>
    else tensors.set(name, checkEntry(name, value, bytes - dataStart, file))
  }
  return { tensors, metadata, dataStart, bytes }
}

function checkEntry(name: string, value: unknown, dataBytes: number, file: string): StoredTensor {
  const entry = value as { dtype?: unknown; shape?: unknown; data_offsets?: unknown } | null
  const dtype = String(entry?.dtype)
  if (!Object.hasOwn(elementBytes, dtype)) {
    throw new UserError(`${file} stores '${name}' as ${dtype}; Layerscope reads F32, F16 and BF16. Convert the checkpoint to one of these.`)
  }
  const shape = entry?.shape
  const offsets = entry?.data_offsets
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2) throw new UserError(`${file}: the header's entry for '${name}' is malformed.`)
  const [begin, end] = offsets as [number, number]
  const size = shape.reduce((product, extent) => product * extent, elementBytes[dtype as StorageType])
  if (end - begin !== size || end > dataBytes) {
    throw new UserError(`${file} is cut short or damaged: '${name}' should lie at bytes ${begin} to ${end}, but the data section has ${dataBytes} bytes.`)
  }
  return { name, dtype: dtype as StorageType, shape, begin, end }
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0)
}

function readTensor(descriptor: number, dataStart: number, tensor: StoredTensor, file: string): Float32Array {
  const raw = new Uint8Array(tensor.end - tensor.begin)
  for (let done = 0; done < raw.length; ) {
    const got = readSync(descriptor, raw, done, Math.min(raw.length - done, 1 << 30), dataStart + tensor.begin + done)
    if (got === 0) throw new UserError(`${file} ended while '${tensor.name}' was read; the file changed or the disk failed.`)
    done += got
  }
  const count = raw.length / elementBytes[tensor.dtype]
  if (tensor.dtype === 'F32') return new Float32Array(raw.buffer)
  const values = new Float32Array(count)
  if (tensor.dtype === 'F16') halfToFloat(new Uint16Array(raw.buffer), values)
  else if (tensor.dtype === 'BF16') brainToFloat(new Uint16Array(raw.buffer), values)
  else if (tensor.dtype === 'F64') values.set(new Float64Array(raw.buffer))
  else if (tensor.dtype === 'I64') values.set(Array.from(new BigInt64Array(raw.buffer), Number))
  else if (tensor.dtype === 'I32') values.set(new Int32Array(raw.buffer))
  else values.set(raw)
  return values
}
