import { UserError } from '@shared/userError'
import { fileKind } from '../../files/fileKind'
import { readVarint } from '../../files/protobuf'
import type { RandomFile } from '../randomFile'
import { crc32c, masked } from './crc32c'
import { unpackSnappy } from './snappy'

/** Two handles, zeros up to 40 bytes, and the magic number. */
const footerBytes = 48
const magicNumber = Buffer.from('57fb808b247547db', 'hex')
/** Behind each block: its compression and its checksum. */
const trailerBytes = 5
/** Of all blocks, unpacked: a model of 100,000 variables needs some 20 MB. */
const mostBytes = 256 << 20

/** Where a block is in the file. */
interface Handle {
  offset: number
  size: number
}

/** Whether a file ends as sorted tables do. */
export function endsAsTable(file: RandomFile): boolean {
  if (file.size < footerBytes) return false
  return magicNumber.equals(file.bytes(file.size - magicNumber.length, magicNumber.length, 'footer'))
}

/**
 * All entries of a sorted table (tensorflow/core/lib/io/table_format.txt; the format of LevelDB), in its order. Keys
 * are bytes, here as `latin1`.
 * @throws UserError naming the file and what is wrong with it
 */
export function readTable(file: RandomFile): Map<string, Uint8Array> {
  if (!endsAsTable(file)) {
    const kind = fileKind(file.bytes(0, Math.min(file.size, 512), 'beginning'))
    throw damaged(file, kind ? `it is ${kind}` : `its ${file.size} bytes do not end as such an index does`)
  }
  const entries = new Map<string, Uint8Array>()
  try {
    const footer = file.bytes(file.size - footerBytes, footerBytes, 'footer')
    const metaindex = readHandle(footer, 0)
    const index = readHandle(footer, metaindex.end)
    let unpacked = 0
    const block = (handle: Handle): Uint8Array => {
      const bytes = readBlock(file, handle, mostBytes - unpacked)
      unpacked += bytes.length
      return bytes
    }
    let last = ''
    for (const [, handle] of blockEntries(block(index.handle)))
      for (const [key, value] of blockEntries(block(readHandle(handle, 0).handle))) {
        if (entries.size > 0 && key <= last) throw new RangeError('its keys are not in order')
        last = key
        entries.set(key, value)
      }
  } catch (error) {
    if (error instanceof RangeError) throw damaged(file, error.message)
    throw error
  }
  return entries
}

function readHandle(bytes: Uint8Array, at: number): { handle: Handle; end: number } {
  const offset = readVarint(bytes, at)
  const size = readVarint(bytes, offset.end)
  return { handle: { offset: offset.value, size: size.value }, end: size.end }
}

function readBlock(file: RandomFile, { offset, size }: Handle, most: number): Uint8Array {
  if (offset + size + trailerBytes > file.size - footerBytes)
    throw new RangeError(`a block of ${size} bytes at ${offset} is not within the file, which has ${file.size}`)
  if (size > most) throw new RangeError('its blocks are larger than those of any checkpoint')
  const stored = file.bytes(offset, size + trailerBytes, 'block')
  // The checksum is of the bytes as they are in the file, and of the compression behind them.
  if (masked(crc32c(stored.subarray(0, size + 1))) !== stored.readUInt32LE(size + 1))
    throw new RangeError(`the checksum of its block at ${offset} does not match, so the file was changed or damaged`)
  const compression = stored[size]
  const bytes = stored.subarray(0, size)
  if (compression === 0) return bytes
  if (compression === 1) return unpackSnappy(bytes, most)
  throw new RangeError(`a block is compressed in a way (${compression}) that tables do not have`)
}

/** Each key is stored as what differs from the one before. */
function* blockEntries(block: Uint8Array): Generator<[string, Uint8Array]> {
  const view = Buffer.from(block.buffer, block.byteOffset, block.length)
  const restarts = block.length >= 4 ? view.readUInt32LE(block.length - 4) : 0
  const end = block.length - 4 * (restarts + 1)
  if (end < 0) throw new RangeError('a block is cut short')
  let key = ''
  for (let at = 0; at < end;) {
    const shared = readVarint(block, at)
    const more = readVarint(block, shared.end)
    const size = readVarint(block, more.end)
    const valueAt = size.end + more.value
    if (shared.value > key.length || valueAt + size.value > end) throw new RangeError('an entry is cut short')
    key = key.slice(0, shared.value) + view.toString('latin1', size.end, valueAt)
    at = valueAt + size.value
    yield [key, block.subarray(valueAt, at)]
  }
}

function damaged(file: RandomFile, what: string): UserError {
  return new UserError(
    `${file.name} is not the index of a TensorFlow checkpoint, or is cut short or damaged: ${what}. Download it ` +
      'again, or save the checkpoint again.'
  )
}
