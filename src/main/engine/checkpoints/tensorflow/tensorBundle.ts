import { existsSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { legible, UserError } from '@shared/userError'
import { readVarint } from '../../files/protobuf'
import { elementBytes, elementsOf, type Checkpoint, type StorageType, type StoredTensor } from '../checkpoint'
import { LastTensor } from '../lastTensor'
import { listedCheckpoint } from '../listedCheckpoint'
import { RandomFile } from '../randomFile'
import {
  isStrings,
  numbersOf,
  readBundleEntry,
  readBundleHeader,
  type BundleEntry,
  type StoredRange
} from './bundleIndex'
import { crc32c, masked } from './crc32c'
import { assemble, boxesOf, type Box } from './slices'
import { sliceKey } from './sliceKeys'
import { readTable } from './sortedTable'

/** A checksum is made of a piece of this many bytes after the other. */
const pieceBytes = 1 << 20

/** A checkpoint of TensorFlow, whose variables may also be strings. */
export interface TensorBundle extends Checkpoint {
  /** A variable that is one string. @throws UserError where it is not */
  text(name: string): string
}

/** A part of a variable that is stored, or all of it. */
interface Piece extends StoredRange {
  dtype: StorageType
}

interface Located extends StoredTensor {
  whole: Piece | null
  /** Where it is stored in slices: each with its place in the variable. */
  slices: readonly (Box & { piece: Piece })[]
}

/** The end of an index' name. */
const indexEnding = '.index'

/**
 * Opens a checkpoint that TensorFlow wrote in its V2 format, the tensor bundle: PREFIX.index and its data files
 * (tensorflow/core/util/tensor_bundle). Of the variables, those that are asked for are checked and read: others may be
 * of any type. A tensor's checksum is verified when it is first read.
 * @param indexPath path of PREFIX.index
 * @throws UserError naming the file or the variable, and what is wrong with it
 */
export function openTensorBundle(indexPath: string): TensorBundle {
  const file = basename(indexPath)
  const { entries, shards } = readIndex(indexPath)
  const data = new DataFiles(indexPath.slice(0, -indexEnding.length), shards)
  const keys = new Map<string, string>()
  for (const key of entries.keys())
    if (key !== '' && !key.startsWith('\x00')) keys.set(Buffer.from(key, 'latin1').toString('utf8'), key)
  const entryOf = (name: string, key = keys.get(name)): BundleEntry => {
    const bytes = key === undefined ? undefined : entries.get(key)
    if (!bytes) throw new UserError(`${file} has no variable '${legible(name)}'.`)
    return readBundleEntry(bytes, file, name)
  }
  const piece = (entry: BundleEntry, name: string, expected: number): Piece => {
    const { dtype, shape } = numbersOf(entry, file, name)
    if (entry.range.size !== expected || elementsOf(shape) * elementBytes[dtype] !== expected)
      throw new UserError(
        `${file} is damaged: '${legible(name)}' has ${entry.range.size} bytes, but by its shape it needs ` +
          `${expected}. Download it again, or save the checkpoint again.`
      )
    data.require(entry.range, name)
    return { ...entry.range, dtype }
  }
  const locate = (name: string): Located => {
    const entry = entryOf(name)
    const { dtype, shape } = numbersOf(entry, file, name)
    const bytes = elementsOf(shape) * elementBytes[dtype]
    const tensor = { name, dtype, shape: [...shape], begin: 0, end: bytes }
    if (!entry.slices.length) return { ...tensor, whole: piece(entry, name, bytes), slices: [] }
    const slices = boxesOf(entry.slices, shape, file, name).map((box, i) => {
      const key = sliceKey(keys.get(name)!, entry.slices[i]!)
      if (!entries.has(key))
        throw new UserError(
          `${file} says that '${legible(name)}' is stored in ${entry.slices.length} slices, but number ${i} (from 0) ` +
            'is not there. Save the checkpoint again.'
        )
      const stored = piece(entryOf(name, key), name, elementsOf(box.lengths) * elementBytes[dtype])
      return { ...box, piece: stored }
    })
    return { ...tensor, whole: null, slices }
  }
  const located = new Map<string, Located>()
  const assembled = new LastTensor()
  const checkpoint = listedCheckpoint({
    path: indexPath,
    files: [indexPath, ...data.paths],
    bytes: data.bytes,
    noun: 'variable',
    entries: keys,
    describe: (_, name) => {
      const known = located.get(name) ?? locate(name)
      located.set(name, known)
      return known
    },
    fill: ({ name, shape, whole, slices }, target, first) => {
      if (whole) {
        assembled.clear()
        data.read(whole, target, first, name)
        return
      }
      const values = assembled.values(name, () =>
        assemble(shape, slices, ({ piece }, slice) => data.read(piece, slice, 0, name))
      )
      target.set(values.subarray(first, first + target.length))
    },
    close: () => data.close()
  })
  return {
    ...checkpoint,
    text: (name) => {
      const entry = entryOf(name)
      data.require(entry.range, name)
      const text = isStrings(entry) ? singleString(data.bytesOf(entry.range, name)) : null
      if (text === null) throw new UserError(`${file}: '${legible(name)}' is not a string.`)
      return text
    }
  }
}

function readIndex(path: string): { entries: Map<string, Uint8Array>; shards: number } {
  const index = new RandomFile(path)
  try {
    const entries = readTable(index)
    return { entries, shards: readBundleHeader(entries.get(''), index.name) }
  } finally {
    index.close()
  }
}

/** A length, four bytes of its checksum, and the bytes; `latin1`, since it may be any message. */
function singleString(bytes: Buffer): string | null {
  try {
    const { value: length, end } = readVarint(bytes, 0)
    return end + 4 + length === bytes.length ? bytes.toString('latin1', end + 4) : null
  } catch {
    return null
  }
}

/** The files PREFIX.data-00000-of-00003 and so on; each is opened when it is first read. */
class DataFiles {
  readonly paths: readonly string[]
  readonly bytes: number
  private readonly sizes: readonly number[]
  private readonly open = new Map<number, RandomFile>()
  private readonly verified = new Set<string>()

  /** @throws UserError naming one that is missing */
  constructor(prefix: string, count: number) {
    const number = (value: number): string => String(value).padStart(5, '0')
    this.paths = Array.from({ length: count }, (_, shard) => `${prefix}.data-${number(shard)}-of-${number(count)}`)
    const missing = this.paths.filter((path) => !existsSync(path))
    if (missing.length)
      throw new UserError(
        `${dirname(prefix)} lacks ${missing.length} of the ${count} data ${count === 1 ? 'file' : 'files'} that ` +
          `${basename(prefix)}${indexEnding} names, among them ${basename(missing[0]!)}; download ` +
          `${missing.length === 1 ? 'it' : 'them'} too.`
      )
    this.sizes = this.paths.map((path) => statSync(path).size)
    this.bytes = this.sizes.reduce((sum, size) => sum + size, 0)
  }

  /** @throws UserError naming the variable, where its bytes are not in these files */
  require({ shard, offset, size }: StoredRange, name: string): void {
    const path = this.paths[shard]
    if (path === undefined)
      throw new UserError(
        `'${legible(name)}' is said to be in data file ${shard} (from 0), but there are ${this.paths.length}. ` +
          'Download the checkpoint again, or save it again.'
      )
    if (offset + size > this.sizes[shard]!)
      throw new UserError(
        `${basename(path)} is cut short, or its index is damaged: '${legible(name)}' should be at bytes ${offset} to ` +
          `${offset + size}, but the file has ${this.sizes[shard]}. Download it again, or save the checkpoint again.`
      )
  }

  /** Fills `target` from number `first` of a piece on. @throws UserError where the checksum does not match */
  read(piece: Piece, target: Float32Array, first: number, name: string): void {
    this.verify(piece, name)
    this.file(piece.shard).values(piece.dtype, target, piece.offset + first * elementBytes[piece.dtype], name)
  }

  bytesOf({ shard, offset, size }: StoredRange, name: string): Buffer {
    return this.file(shard).bytes(offset, size, name)
  }

  close(): void {
    for (const file of this.open.values()) file.close()
    this.open.clear()
  }

  private verify({ shard, offset, size, checksum }: StoredRange, name: string): void {
    const key = `${shard} ${offset} ${size}`
    if (this.verified.has(key)) return
    const file = this.file(shard)
    const buffer = new Uint8Array(Math.min(pieceBytes, size))
    let crc = 0
    for (let done = 0; done < size; done += pieceBytes) {
      const piece = buffer.subarray(0, Math.min(pieceBytes, size - done))
      file.fill(piece, offset + done, name)
      crc = crc32c(piece, crc)
    }
    if (masked(crc) !== checksum)
      throw new UserError(
        `${file.name} is damaged: the checksum of '${legible(name)}' does not match its numbers. Download it again, ` +
          'or save the checkpoint again.'
      )
    this.verified.add(key)
  }

  private file(shard: number): RandomFile {
    const file = this.open.get(shard) ?? new RandomFile(this.paths[shard]!)
    this.open.set(shard, file)
    return file
  }
}
