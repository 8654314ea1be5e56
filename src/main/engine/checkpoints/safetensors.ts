import { UserError } from '@shared/userError'
import { elementBytes, elementsOf, isStorageType, typeRefusal, type Checkpoint, type StoredTensor } from './checkpoint'
import { RandomFile } from './randomFile'

export type { Checkpoint, StorageType, StoredTensor } from './checkpoint'

/** The reference implementation refuses longer headers as well; none of a real model comes near. */
const largestHeader = 100_000_000

/**
 * Opens a safetensors file (https://github.com/huggingface/safetensors, format section). Every offset is checked
 * against the file's size before anything is read.
 * @throws UserError naming the file and what is wrong with it.
 */
export function openSafetensors(path: string): Checkpoint {
  const file = new RandomFile(path)
  try {
    const { tensors, metadata, dataStart } = readHeader(file)
    const describe = (name: string): StoredTensor => {
      const tensor = tensors.get(name)
      if (!tensor) throw new UserError(`${file.name} has no tensor '${name}'.`)
      return tensor
    }
    const readInto = (name: string, target: Float32Array, first: number): void => {
      const { dtype, begin } = describe(name)
      file.values(dtype, target, dataStart + begin + first * elementBytes[dtype], name)
    }
    return {
      path,
      files: [path],
      bytes: file.size,
      metadata,
      names: () => [...tensors.keys()],
      has: (name) => tensors.has(name),
      describe,
      read: (name) => {
        const values = new Float32Array(elementsOf(describe(name).shape))
        readInto(name, values, 0)
        return values
      },
      readInto,
      close: () => file.close()
    }
  } catch (error) {
    file.close()
    throw error
  }
}

function readHeader(file: RandomFile) {
  const bytes = file.size
  if (bytes < 8)
    throw new UserError(
      `${file.name} is too short to be a safetensors file (${bytes} bytes); it may not have been downloaded completely.`
    )
  const length = Number(file.bytes(0, 8, 'header').readBigUInt64LE())
  if (length > largestHeader || length + 8 > bytes) {
    throw new UserError(
      `${file.name} is not a safetensors file, or is cut short: its header claims ${length} bytes, the file has ${bytes}.`
    )
  }
  let header: Record<string, unknown>
  try {
    header = JSON.parse(file.bytes(8, length, 'header').toString('utf8')) as Record<string, unknown>
  } catch {
    throw new UserError(`${file.name} is not a safetensors file: its header is not JSON.`)
  }
  const dataStart = 8 + length
  const tensors = new Map<string, StoredTensor>()
  let metadata: Record<string, string> = {}
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') metadata = value as Record<string, string>
    else tensors.set(name, checkEntry(name, value, bytes - dataStart, file.name))
  }
  return { tensors, metadata, dataStart }
}

function checkEntry(name: string, value: unknown, dataBytes: number, file: string): StoredTensor {
  const entry = value as { dtype?: unknown; shape?: unknown; data_offsets?: unknown } | null
  const dtype = String(entry?.dtype)
  if (!isStorageType(dtype)) throw new UserError(typeRefusal(file, name, dtype))
  const shape = entry?.shape
  const offsets = entry?.data_offsets
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
    throw new UserError(`${file}: the header's entry for '${name}' is malformed.`)
  const [begin, end] = offsets as [number, number]
  if (end - begin !== elementsOf(shape) * elementBytes[dtype] || end > dataBytes) {
    throw new UserError(
      `${file} is cut short or damaged: '${name}' should lie at bytes ${begin} to ${end}, but the data section has ${dataBytes} bytes.`
    )
  }
  return { name, dtype, shape, begin, end }
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0)
}
