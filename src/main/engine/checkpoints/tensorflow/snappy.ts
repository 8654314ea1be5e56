import { readVarint } from '../../files/protobuf'

/** A copy of 64 bytes takes three: no block grows by more. */
const mostGrowth = 22

/**
 * Unpacks a block of snappy (https://github.com/google/snappy/blob/main/format_description.txt).
 * @param most bytes that it may unpack to
 * @throws RangeError saying what is wrong, before memory is reserved for a length that cannot be
 */
export function unpackSnappy(packed: Uint8Array, most: number): Uint8Array {
  const { value: length, end: start } = readVarint(packed, 0)
  if (length > most || length > mostGrowth * packed.length)
    throw new RangeError(`${packed.length} bytes compressed by snappy claim to unpack to ${length}`)
  const result = new Uint8Array(length)
  let at = start
  let done = 0
  const little = (bytes: number): number => {
    let value = 0
    for (let i = 0; i < bytes; i++) {
      const byte = packed[at++]
      if (byte === undefined) throw new RangeError('a block compressed by snappy ends too early')
      value += byte * 2 ** (8 * i)
    }
    return value
  }
  const reserve = (count: number): void => {
    if (done + count > length) throw new RangeError('a block compressed by snappy is longer than it says')
  }
  while (at < packed.length) {
    const tag = little(1)
    const kind = tag & 3
    if (kind === 0) {
      const short = tag >> 2
      const count = (short < 60 ? short : little(short - 59)) + 1
      if (at + count > packed.length) throw new RangeError('a block compressed by snappy ends too early')
      reserve(count)
      result.set(packed.subarray(at, at + count), done)
      at += count
      done += count
      continue
    }
    const count = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
    const back = kind === 1 ? (tag >> 5) * 256 + little(1) : little(kind === 2 ? 2 : 4)
    if (back === 0 || back > done) throw new RangeError('a block compressed by snappy refers to before its beginning')
    reserve(count)
    // Byte by byte: a copy may reach into what it has just written.
    for (let i = 0; i < count; i++, done++) result[done] = result[done - back]!
  }
  if (done !== length) throw new RangeError('a block compressed by snappy ends too early')
  return result
}
