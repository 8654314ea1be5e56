import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import { UserError } from '@shared/userError'
import { elementBytes, type StorageType } from './checkpoint'
import { brainToFloat, halfToFloat } from './halfFloat'

/** Values are converted through a piece of this many bytes, so that a tensor is never in memory twice. */
const pieceBytes = 1 << 20

/** A file read at any place, a tensor at a time. */
export class RandomFile {
  /** Its name without the folder, for sentences. */
  readonly name: string
  readonly size: number
  private readonly descriptor: number

  constructor(readonly path: string) {
    this.name = basename(path)
    this.descriptor = openSync(path, 'r')
    this.size = fstatSync(this.descriptor).size
  }

  /**
   * Fills `target` with the bytes from `position` on.
   * @throws UserError if the file ends before that
   */
  fill(target: Uint8Array, position: number, what: string): void {
    for (let done = 0; done < target.length;) {
      const got = readSync(this.descriptor, target, done, Math.min(target.length - done, 1 << 30), position + done)
      if (got === 0)
        throw new UserError(`${this.name} ended while '${what}' was read; the file changed or the disk failed.`)
      done += got
    }
  }

  bytes(position: number, length: number, what: string): Buffer {
    const target = Buffer.alloc(length)
    this.fill(target, position, what)
    return target
  }

  /** Fills `target` with the numbers stored from byte `position` on, as float32. */
  values(dtype: StorageType, target: Float32Array, position: number, what: string): void {
    if (dtype === 'F32') {
      this.fill(new Uint8Array(target.buffer, target.byteOffset, target.byteLength), position, what)
      return
    }
    const width = elementBytes[dtype]
    const step = pieceBytes / width
    const piece = new Uint8Array(Math.min(step, target.length) * width)
    for (let first = 0; first < target.length; first += step) {
      const part = target.subarray(first, first + step)
      const raw = piece.subarray(0, part.length * width)
      this.fill(raw, position + first * width, what)
      convert(dtype, raw, part)
    }
  }

  close(): void {
    closeSync(this.descriptor)
  }
}

function convert(dtype: Exclude<StorageType, 'F32'>, { buffer, length }: Uint8Array, target: Float32Array): void {
  if (dtype === 'F16') halfToFloat(new Uint16Array(buffer, 0, length / 2), target)
  else if (dtype === 'BF16') brainToFloat(new Uint16Array(buffer, 0, length / 2), target)
  else if (dtype === 'F64') target.set(new Float64Array(buffer, 0, length / 8))
  else if (dtype === 'I64') target.set(Array.from(new BigInt64Array(buffer, 0, length / 8), Number))
  else if (dtype === 'I32') target.set(new Int32Array(buffer, 0, length / 4))
  else if (dtype === 'I16') target.set(new Int16Array(buffer, 0, length / 2))
  else if (dtype === 'I8') target.set(new Int8Array(buffer, 0, length))
  else if (dtype === 'U16') target.set(new Uint16Array(buffer, 0, length / 2))
  else if (dtype === 'U32') target.set(new Uint32Array(buffer, 0, length / 4))
  else if (dtype === 'U64') target.set(Array.from(new BigUint64Array(buffer, 0, length / 8), Number))
  else target.set(new Uint8Array(buffer, 0, length))
}
