import { legible, UserError } from '@shared/userError'
import { keptOpen } from '../files/keptOpen'
import { ByteCursor } from './byteCursor'
import { elementBytes, elementsOf, type Checkpoint, type StorageType, type StoredTensor } from './checkpoint'
import { listedCheckpoint } from './listedCheckpoint'
import { RandomFile } from './randomFile'

/** Maps within maps, far more than any model has. */
const deepest = 64
/** A name of a part, or of a type. */
const longestText = 1000
/** Extension types of flax.serialization: an array, and a scalar of NumPy in the same form. */
const arrayTypes: readonly number[] = [1, 3]
/** Far more pieces than the largest array has. */
const mostChunks = 100_000
/** Of an array that is larger than an extension may be. */
const chunkedKey = '__msgpack_chunked_array__'

/** Types by the names that NumPy gives them. */
const types: Readonly<Record<string, StorageType>> = {
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  float64: 'F64',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint64: 'U64',
  uint32: 'U32',
  uint16: 'U16',
  uint8: 'U8',
  bool: 'BOOL'
}

/** Bytes of an array in the file. */
interface Piece {
  begin: number
  bytes: number
}

interface PlacedArray {
  shape: number[]
  type: string
  /** One after another: several in an array that is stored in chunks. */
  pieces: readonly Piece[]
}

interface FlaxTensor extends StoredTensor {
  pieces: readonly Piece[]
}

/**
 * Opens flax_model.msgpack (flax.serialization, `msgpack_serialize`): one MessagePack map of maps down to the arrays.
 * Names are the keys on the way, with / between them. Only the maps are read; arrays on request.
 * @throws UserError naming the file, and what is wrong with it
 */
export function openFlax(path: string): Checkpoint {
  return keptOpen(new RandomFile(path), (file) =>
    listedCheckpoint({
      path,
      bytes: file.size,
      noun: 'array',
      entries: new ArrayFinder(file).find(),
      describe: (array, name) => checkArray(array, name, file.name),
      fill: ({ name, dtype, pieces }, target, first) => {
        const width = elementBytes[dtype]
        let before = 0
        for (const { begin, bytes } of pieces) {
          const from = Math.max(first, before)
          const to = Math.min(first + target.length, before + bytes / width)
          if (from < to)
            file.values(dtype, target.subarray(from - first, to - first), begin + (from - before) * width, name)
          before += bytes / width
        }
      },
      close: () => file.close()
    })
  )
}

/** @throws UserError where its type is not read, or its bytes are not those of its shape */
function checkArray({ shape, type, pieces }: PlacedArray, name: string, file: string): FlaxTensor {
  const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0)
  const dtype = Object.hasOwn(types, type) ? types[type]! : null
  if (dtype === null)
    throw new UserError(
      `${file} stores '${legible(name)}' as ${legible(type, 40)}, which Layerscope does not read. Convert it to ` +
        'float32 and save the model again.'
    )
  const broken = pieces.some((piece) => piece.bytes % elementBytes[dtype] !== 0)
  if (broken || elementsOf(shape) * elementBytes[dtype] !== bytes)
    throw new UserError(
      `${file} is damaged: '${legible(name)}' has ${bytes} bytes, which its shape [${shape.join(', ')}] of ${type} ` +
        'does not need. Download it again, or save the model again.'
    )
  return { name, dtype, shape: [...shape], begin: 0, end: bytes, pieces }
}

/** Walks through a MessagePack file (https://github.com/msgpack/msgpack/blob/master/spec.md). */
class ArrayFinder {
  private readonly cursor: ByteCursor
  private readonly arrays = new Map<string, PlacedArray>()

  constructor(private readonly file: RandomFile) {
    this.cursor = new ByteCursor(file, 0, file.size, () => this.damaged('it is cut short'))
  }

  find(): Map<string, PlacedArray> {
    const entries = this.mapSize(this.cursor.byte())
    if (entries === null) throw this.damaged('it does not begin with a map')
    this.map(entries, '', 0)
    if (!this.arrays.size) throw this.damaged('it holds no arrays')
    return this.arrays
  }

  private map(entries: number, prefix: string, depth: number): void {
    if (depth > deepest) throw this.damaged('its maps are nested too deeply')
    for (let i = 0; i < entries; i++) {
      const key = this.text(this.cursor.byte())
      if (key === null) throw this.damaged('a key is not text')
      if (key === chunkedKey && i === 0) {
        this.arrays.set(prefix.slice(0, -1), this.chunked(entries, depth))
        return
      }
      const name = prefix + key
      if (this.arrays.has(name)) throw this.damaged(`it has '${legible(name)}' twice`)
      this.value(name, depth)
    }
  }

  /**
   * An array of more than 1 GiB (`_chunk` of flax.serialization): behind its mark, the shape and flat pieces, both as
   * maps with the keys '0', '1', ...
   */
  private chunked(entries: number, depth: number): PlacedArray {
    const malformed = (): UserError => this.damaged('an array in chunks is malformed')
    const listed = <T>(key: string, item: () => T): T[] => {
      const count = this.text(this.cursor.byte()) === key ? this.mapSize(this.cursor.byte()) : null
      if (count === null || count > mostChunks) throw malformed()
      return Array.from({ length: count }, (_, i) => {
        if (this.text(this.cursor.byte()) !== String(i)) throw malformed()
        return item()
      })
    }
    this.pass(this.cursor.byte(), depth)
    if (entries !== 3) throw malformed()
    const shape = listed('shape', () => this.count(this.cursor.byte()))
    const chunks = listed('chunks', () => {
      const extension = this.extensionSize(this.cursor.byte())
      if (extension === null || this.cursor.take(1).readInt8() !== arrayTypes[0]) throw malformed()
      const end = this.cursor.position + extension
      if (end > this.cursor.end) throw this.damaged('it is cut short')
      const chunk = this.array(end)
      this.cursor.position = end
      return chunk
    })
    const type = chunks[0]?.type
    const extents = shape.flatMap((extent) => extent ?? [])
    if (type === undefined || extents.length < shape.length || chunks.some((chunk) => chunk.type !== type))
      throw malformed()
    return { shape: extents, type, pieces: chunks.flatMap(({ pieces }) => pieces) }
  }

  /** What a name stands for: a map, an array, or something that no weight is, which is passed over. */
  private value(name: string, depth: number): void {
    const byte = this.cursor.byte()
    const entries = this.mapSize(byte)
    if (entries !== null) {
      this.map(entries, `${name}/`, depth + 1)
      return
    }
    const extension = this.extensionSize(byte)
    if (extension === null) {
      this.pass(byte, depth)
      return
    }
    const type = this.cursor.take(1).readInt8()
    const end = this.cursor.position + extension
    if (end > this.cursor.end) throw this.damaged('it is cut short')
    if (arrayTypes.includes(type)) this.arrays.set(name, this.array(end))
    this.cursor.position = end
  }

  /** [shape, name of the type, bytes], up to the end of the extension. */
  private array(end: number): PlacedArray {
    const malformed = (): UserError => this.damaged('an array is malformed')
    if (this.listSize(this.cursor.byte()) !== 3) throw malformed()
    const axes = this.listSize(this.cursor.byte())
    if (axes === null || axes > 32) throw malformed()
    const shape = Array.from({ length: axes }, () => {
      const extent = this.count(this.cursor.byte())
      if (extent === null) throw malformed()
      return extent
    })
    const type = this.text(this.cursor.byte())
    const bytes = this.sized(this.cursor.byte(), [0xc4, 0xc5, 0xc6])
    if (type === null || bytes === null || this.cursor.position + bytes !== end) throw malformed()
    return { shape, type, pieces: [{ begin: this.cursor.position, bytes }] }
  }

  /** Passes over a number, a text, bytes or a list. */
  private pass(byte: number, depth: number): void {
    if (byte <= 0x7f || byte >= 0xe0 || byte === 0xc0 || byte === 0xc2 || byte === 0xc3) return
    const width = { 0xca: 4, 0xcb: 8, 0xcc: 1, 0xcd: 2, 0xce: 4, 0xcf: 8, 0xd0: 1, 0xd1: 2, 0xd2: 4, 0xd3: 8 }[byte]
    const bytes = width ?? this.textSize(byte) ?? this.sized(byte, [0xc4, 0xc5, 0xc6])
    if (bytes !== null) {
      if (this.cursor.position + bytes > this.cursor.end) throw this.damaged('it is cut short')
      this.cursor.position += bytes
      return
    }
    const items = this.listSize(byte)
    if (items === null) throw this.damaged(`it has the byte 0x${byte.toString(16)} where a value should be`)
    if (depth > deepest) throw this.damaged('its lists are nested too deeply')
    for (let i = 0; i < items; i++) this.pass(this.cursor.byte(), depth + 1)
  }

  private mapSize(byte: number): number | null {
    return (byte & 0xf0) === 0x80 ? byte & 0x0f : this.sized(byte, [-1, 0xde, 0xdf])
  }

  private listSize(byte: number): number | null {
    return (byte & 0xf0) === 0x90 ? byte & 0x0f : this.sized(byte, [-1, 0xdc, 0xdd])
  }

  private extensionSize(byte: number): number | null {
    return byte >= 0xd4 && byte <= 0xd8 ? 2 ** (byte - 0xd4) : this.sized(byte, [0xc7, 0xc8, 0xc9])
  }

  private textSize(byte: number): number | null {
    return (byte & 0xe0) === 0xa0 ? byte & 0x1f : this.sized(byte, [0xd9, 0xda, 0xdb])
  }

  private text(byte: number): string | null {
    const length = this.textSize(byte)
    return length === null || length > longestText ? null : this.cursor.take(length).toString('utf8')
  }

  /** A number of at least 0. */
  private count(byte: number): number | null {
    if (byte <= 0x7f) return byte
    if (byte !== 0xcf) return this.sized(byte, [0xcc, 0xcd, 0xce])
    const value = Number(this.cursor.take(8).readBigUInt64BE())
    return Number.isSafeInteger(value) ? value : null
  }

  /** A length in one, two or four bytes, the highest first, by the byte before it; null for another byte. */
  private sized(byte: number, [one, two, four]: readonly [number, number, number]): number | null {
    if (byte === one) return this.cursor.byte()
    if (byte === two) return this.cursor.take(2).readUInt16BE()
    return byte === four ? this.cursor.take(4).readUInt32BE() : null
  }

  private damaged(what: string): UserError {
    return new UserError(
      `${this.file.name} is not a model that Flax saved, or is damaged: ${what}. Download it again, or save it again.`
    )
  }
}
