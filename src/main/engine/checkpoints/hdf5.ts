import { UserError } from '@shared/userError'
import { keptOpen } from '../files/keptOpen'
import { elementBytes, elementsOf, type Checkpoint, type StorageType, type StoredTensor } from './checkpoint'
import { listedCheckpoint } from './listedCheckpoint'
import { printable } from './pickle'
import { RandomFile } from './randomFile'

const signature = '\x89HDF\r\n\x1a\n'
/** Groups within groups, and levels of a B-tree: far more than any file of weights has. */
const deepest = 32
/** Objects and messages of one file: the bound is on a hostile file's work. */
const mostSteps = 1_000_000
const longestName = 4096
const largestHeader = 1 << 24
const undefinedAddress = 0xffffffffffffffffn

/** Numbers of the header messages that are read (HDF5 file format specification 1.1, section IV.A.2). */
const message = { dataspace: 1, datatype: 3, layout: 8, filter: 11, continuation: 16, symbols: 17 }

/** Opcodes of the new object header, of files that were written with the library's latest format. */
const newHeader = 'OHDR'

interface Message {
  type: number
  data: Buffer
  /** Where its data is in the file. */
  at: number
}

/**
 * Opens the datasets of an HDF5 file as named tensors, by their paths without the first slash: as h5py writes them by
 * default, contiguous numbers of 32 or 64 bits in groups of the first format. Attributes are not read.
 * @throws UserError naming the file, and the dataset, for what is damaged or of another form
 */
export function openHdf5(path: string): Checkpoint {
  return keptOpen(new RandomFile(path), (file) =>
    listedCheckpoint({
      path,
      bytes: file.size,
      noun: 'dataset',
      entries: new Hdf5Reader(file).datasets(),
      describe: (dataset) => dataset,
      fill: ({ name, dtype, begin }, target, first) =>
        file.values(dtype, target, begin + first * elementBytes[dtype], name),
      close: () => file.close()
    })
  )
}

class Hdf5Reader {
  private readonly tensors = new Map<string, StoredTensor>()
  private steps = 0

  constructor(private readonly file: RandomFile) {}

  datasets(): Map<string, StoredTensor> {
    const { file } = this
    const start = file.bytes(0, Math.min(file.size, 96), 'superblock')
    if (start.toString('latin1', 0, 8) !== signature)
      throw new UserError(`${file.name} is no HDF5 file: it does not begin with the signature of one.`)
    const version = start[8]
    if (version !== 0)
      throw new UserError(
        `${file.name} is an HDF5 file with superblock version ${version}, the newer format; Layerscope reads ` +
          "version 0, as h5py writes it by default. Write it again without libver='latest'."
      )
    if (start.length < 96) throw this.damaged('it ends within its superblock')
    if (start[13] !== 8 || start[14] !== 8)
      throw this.damaged(`its offsets have ${start[13]} and its lengths ${start[14]} bytes, where 8 are read`)
    if (start.readBigUInt64LE(24) !== 0n) throw this.damaged('its base address is not 0')
    this.object(this.address(start.readBigUInt64LE(64), 'the root group'), '', [])
    return this.tensors
  }

  /** A group or a dataset; `above` are the addresses of the groups that it is in. */
  private object(at: number, path: string, above: readonly number[]): void {
    const shown = printable(path) || 'the root group'
    if (above.includes(at)) throw this.damaged(`the group '${shown}' contains itself`)
    if (above.length > deepest) throw this.damaged(`its groups are nested more than ${deepest} deep`)
    const messages = this.header(at, shown)
    const find = (type: number): Message | undefined => messages.find((entry) => entry.type === type)
    const symbols = find(message.symbols)?.data
    if (symbols) {
      this.need(symbols, 16, shown)
      const heap = this.heap(this.address(symbols.readBigUInt64LE(8), shown), shown)
      const tree = this.address(symbols.readBigUInt64LE(0), shown)
      for (const [name, child] of this.entries(tree, heap, shown, 0))
        this.object(child, path ? `${path}/${name}` : name, [...above, at])
    } else if (find(message.layout)) this.dataset(path, shown, find)
  }

  /** The messages of an object, with those of its further blocks. */
  private header(at: number, shown: string): Message[] {
    const start = this.bytes(at, 16, shown)
    if (start.toString('latin1', 0, 4) === newHeader)
      throw new UserError(`${this.file.name} stores '${shown}' in the library's newer format, which is not read.`)
    if (start[0] !== 1) throw this.damaged(`'${shown}' has an object header of version ${start[0]}, where 1 is read`)
    const blocks = [{ at: at + 16, length: start.readUInt32LE(8) }]
    let remaining = start.readUInt16LE(2)
    const messages: Message[] = []
    for (const block of blocks) {
      if (block.length > largestHeader) throw this.damaged(`the header of '${shown}' is too long`)
      const buffer = this.bytes(block.at, block.length, shown)
      for (let place = 0; remaining > 0 && place + 8 <= buffer.length; remaining--) {
        this.step()
        const size = buffer.readUInt16LE(place + 2)
        const data = buffer.subarray(place + 8, place + 8 + size)
        if (data.length < size) throw this.damaged(`a message of '${shown}' goes beyond its header`)
        const type = buffer.readUInt16LE(place)
        if (type === message.continuation) {
          this.need(data, 16, shown)
          blocks.push({
            at: this.address(data.readBigUInt64LE(0), shown),
            length: this.address(data.readBigUInt64LE(8), shown)
          })
        } else messages.push({ type, data, at: block.at + place + 8 })
        place += 8 + size
      }
    }
    return messages
  }

  /** Where the names of a group's members are. */
  private heap(at: number, shown: string): { at: number; length: number } {
    const start = this.bytes(at, 32, shown)
    if (start.toString('latin1', 0, 4) !== 'HEAP') throw this.damaged(`'${shown}' has no heap of names`)
    return {
      at: this.address(start.readBigUInt64LE(24), shown),
      length: this.address(start.readBigUInt64LE(8), shown)
    }
  }

  /** Names and object headers of a group's members, from its B-tree. */
  private *entries(
    at: number,
    heap: { at: number; length: number },
    shown: string,
    depth: number
  ): Generator<readonly [string, number]> {
    this.step()
    if (depth > deepest) throw this.damaged(`the B-tree of '${shown}' is too deep`)
    const mark = this.bytes(at, 8, shown)
    const kind = mark.toString('latin1', 0, 4)
    const count = mark.readUInt16LE(6)
    if (kind === 'TREE') {
      if (mark[4] !== 0) throw this.damaged(`the B-tree of '${shown}' is not one of a group`)
      const node = this.bytes(at, 24 + 16 * count + 8, shown)
      for (let i = 0; i < count; i++)
        yield* this.entries(this.address(node.readBigUInt64LE(32 + 16 * i), shown), heap, shown, depth + 1)
    } else if (kind === 'SNOD') {
      const node = this.bytes(at, 8 + 40 * count, shown)
      for (let i = 0; i < count; i++) {
        const name = this.name(heap, this.address(node.readBigUInt64LE(8 + 40 * i), shown), shown)
        yield [name, this.address(node.readBigUInt64LE(16 + 40 * i), `${shown}/${name}`)]
      }
    } else throw this.damaged(`'${shown}' has no B-tree of its members`)
  }

  private name(heap: { at: number; length: number }, offset: number, shown: string): string {
    const room = Math.min(longestName, heap.length - offset, this.file.size - heap.at - offset)
    if (room <= 0) throw this.damaged(`the name of a member of '${shown}' is not in its heap`)
    const text = this.bytes(heap.at + offset, room, shown)
    const end = text.indexOf(0)
    if (end < 0) throw this.damaged(`the name of a member of '${shown}' does not end`)
    return text.toString('utf8', 0, end)
  }

  private dataset(path: string, shown: string, find: (type: number) => Message | undefined): void {
    if (find(message.filter))
      throw new UserError(
        `${this.file.name} stores '${shown}' compressed, which Layerscope does not read. Write it again without ` +
          'compression.'
      )
    const shape = this.shape(find(message.dataspace)?.data, shown)
    const dtype = this.type(find(message.datatype)?.data, shown)
    const { begin, length } = this.place(find(message.layout)!, shown)
    const needed = elementsOf(shape) * elementBytes[dtype]
    if (begin + length > this.file.size || needed > length)
      throw this.damaged(
        `the dataset '${shown}' needs ${needed} bytes from byte ${begin} on, which the file does not have`
      )
    this.tensors.set(path, { name: path, dtype, shape, begin, end: begin + needed })
  }

  private shape(data: Buffer | undefined, shown: string): number[] {
    const version = data?.[0]
    if (!data || (version !== 1 && version !== 2)) throw this.damaged(`'${shown}' does not say its shape`)
    const rank = data[1]!
    const first = version === 1 ? 8 : 4
    this.need(data, first + 8 * rank, shown)
    const shape = Array.from({ length: rank }, (_, i) => Number(data.readBigUInt64LE(first + 8 * i)))
    if (!Number.isSafeInteger(elementsOf(shape))) throw this.damaged(`'${shown}' is larger than any dataset`)
    return shape
  }

  private type(data: Buffer | undefined, shown: string): StorageType {
    if (!data || data.length < 8) throw this.damaged(`'${shown}' does not say its type`)
    const size = data.readUInt32LE(4)
    const isFloat = (data[0]! & 15) === 1
    if (!isFloat || (size !== 4 && size !== 8) || (data[1]! & 1) !== 0)
      throw new UserError(
        `${this.file.name} stores '${shown}' as numbers that are not read; little-endian floating point of 32 or 64 ` +
          'bits is.'
      )
    return size === 4 ? 'F32' : 'F64'
  }

  private place({ data, at }: Message, shown: string): { begin: number; length: number } {
    this.need(data, 4, shown)
    if (data[0] !== 3) throw this.damaged(`'${shown}' has a layout of version ${data[0]}, where 3 is read`)
    // Compact: the numbers are in the message itself.
    if (data[1] === 0) {
      const length = data.readUInt16LE(2)
      this.need(data, 4 + length, shown)
      return { begin: at + 4, length }
    }
    if (data[1] !== 1)
      throw new UserError(
        `${this.file.name} stores '${shown}' in chunks, which Layerscope does not read. Write the file again with ` +
          'contiguous datasets.'
      )
    this.need(data, 18, shown)
    return {
      begin: this.address(data.readBigUInt64LE(2), shown),
      length: this.address(data.readBigUInt64LE(10), shown)
    }
  }

  /** A place or a length in the file. @throws UserError where it is undefined or behind the end */
  private address(value: bigint, shown: string): number {
    if (value === undefinedAddress) throw this.damaged(`'${printable(shown)}' has no address`)
    if (value > BigInt(this.file.size))
      throw this.damaged(`an address of '${printable(shown)}' is behind the end of the file (${value})`)
    return Number(value)
  }

  private bytes(at: number, length: number, shown: string): Buffer {
    this.step()
    if (at + length > this.file.size) throw this.damaged(`it ends within '${printable(shown)}'`)
    return this.file.bytes(at, length, printable(shown))
  }

  private need(data: Buffer, length: number, shown: string): void {
    if (data.length < length) throw this.damaged(`a message of '${shown}' is too short`)
  }

  private step(): void {
    if (++this.steps > mostSteps) throw this.damaged('it holds more objects than any file of weights')
  }

  private damaged(what: string): UserError {
    return new UserError(`${this.file.name} is damaged or cut short: ${what}. Download or save it again.`)
  }
}
