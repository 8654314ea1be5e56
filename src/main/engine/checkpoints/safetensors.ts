import { legible, UserError } from '@shared/userError'
import { fileKind, kindBytes } from '../files/fileKind'
import { keptOpen } from '../files/keptOpen'
import {
  elementBytes,
  elementsOf,
  halvesAt,
  isStorageType,
  typeRefusal,
  type Checkpoint,
  type StoredTensor
} from './checkpoint'
import { listedCheckpoint } from './listedCheckpoint'
import { RandomFile } from './randomFile'

export type { Checkpoint, StorageType, StoredTensor } from './checkpoint'

/** The reference implementation also refuses longer headers; real ones are far shorter. */
const largestHeader = 100_000_000

/**
 * Opens a safetensors file (https://github.com/huggingface/safetensors, format section). Every offset is checked
 * against the file's size before anything is read.
 * @throws UserError naming the file and what is wrong with it.
 */
export function openSafetensors(path: string): Checkpoint {
  return keptOpen(new RandomFile(path), (file) => {
    const { tensors, metadata, dataStart } = readHeader(file)
    return listedCheckpoint({
      path,
      bytes: file.size,
      metadata,
      noun: 'tensor',
      entries: tensors,
      describe: (tensor) => tensor,
      fill: ({ name, dtype, begin }, target, first) =>
        file.values(dtype, target, dataStart + begin + first * elementBytes[dtype], name),
      halves: (tensor) => halvesAt(file, tensor, dataStart + tensor.begin),
      close: () => file.close()
    })
  })
}

function readHeader(file: RandomFile) {
  const bytes = file.size
  const length = bytes < 8 ? Infinity : Number(file.bytes(0, 8, 'header').readBigUInt64LE())
  // The length comes first: whatever its bytes spell, one that fits is one.
  const kind = length + 8 > bytes ? fileKind(file.bytes(0, Math.min(bytes, kindBytes), 'beginning')) : null
  if (kind) throw new UserError(`${file.name} is ${kind}.`)
  if (bytes < 8)
    throw new UserError(
      `${file.name} is too short to be a safetensors file (${bytes} bytes); it may not have been downloaded completely.`
    )
  if (length > largestHeader || length + 8 > bytes) {
    throw new UserError(
      `${file.name} is not a safetensors file, or is cut short: its header claims ${length} bytes, the file ` +
        `has ${bytes}.`
    )
  }
  const header = parseHeader(file, length)
  const dataStart = 8 + length
  const tensors = new Map<string, StoredTensor>()
  let metadata: Record<string, string> = {}
  for (const [name, value] of Object.entries(header)) {
    if (name !== '__metadata__') tensors.set(name, checkEntry(name, value, bytes - dataStart, file.name))
    else if (typeof value === 'object' && value !== null) metadata = value as Record<string, string>
  }
  checkOrder(tensors, bytes - dataStart, file.name)
  return { tensors, metadata, dataStart }
}

function parseHeader(file: RandomFile, length: number): object {
  let header: unknown
  try {
    header = JSON.parse(file.bytes(8, length, 'header').toString('utf8'))
  } catch {
    throw new UserError(`${file.name} is not a safetensors file: its header is not JSON.`)
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw new UserError(`${file.name} is not a safetensors file: its header is not a JSON object.`)
  return header
}

/**
 * The format allows neither overlapping tensors nor bytes between them: either is a sign of damage.
 * @throws UserError naming the tensors
 */
function checkOrder(tensors: ReadonlyMap<string, StoredTensor>, dataBytes: number, file: string): void {
  let end = 0
  let last = ''
  for (const tensor of [...tensors.values()].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (tensor.begin < end)
      throw new UserError(
        `${file} is damaged: '${legible(tensor.name)}' and '${legible(last)}' overlap (from byte ` +
          `${tensor.begin}). Download it again, or save the checkpoint again.`
      )
    if (tensor.begin > end)
      throw new UserError(
        `${file} is damaged: the bytes ${end} to ${tensor.begin} before '${legible(tensor.name)}' belong to no ` +
          'tensor. Download it again, or save the checkpoint again.'
      )
    end = tensor.end
    last = tensor.name
  }
  if (end !== dataBytes)
    throw new UserError(
      `${file} is damaged: its data section has ${dataBytes} bytes, its tensors end at ${end}. Download it again, or ` +
        'save the checkpoint again.'
    )
}

function checkEntry(name: string, value: unknown, dataBytes: number, file: string): StoredTensor {
  const entry = value as { dtype?: unknown; shape?: unknown; data_offsets?: unknown } | null
  const dtype = entry?.dtype
  if (typeof dtype !== 'string') throw new UserError(`${file}: the header's entry for '${legible(name)}' is malformed.`)
  if (!isStorageType(dtype)) throw new UserError(typeRefusal(file, name, dtype))
  const shape = entry?.shape
  const offsets = entry?.data_offsets
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
    throw new UserError(`${file}: the header's entry for '${legible(name)}' is malformed.`)
  const [begin, end] = offsets as [number, number]
  if (end - begin !== elementsOf(shape) * elementBytes[dtype] || end > dataBytes) {
    throw new UserError(
      `${file} is cut short or damaged: '${legible(name)}' should be at bytes ${begin} to ${end}, but the ` +
        `data section has ${dataBytes} bytes.`
    )
  }
  return { name, dtype, shape, begin, end }
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0)
}
