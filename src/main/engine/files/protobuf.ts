/** A field of a message: its number, and its value as it is encoded. */
export interface ProtoField {
  field: number
  /** A number for a varint (exact up to 2^53), bytes for everything else. */
  value: number | Uint8Array
}

/**
 * The fields of one message of protocol buffers (https://protobuf.dev/programming-guides/encoding/).
 * @throws RangeError if the message is malformed
 */
export function* fieldsOf(bytes: Uint8Array): Generator<ProtoField> {
  let at = 0
  const varint = (): number => {
    const read = readVarint(bytes, at)
    at = read.end
    return read.value
  }
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new RangeError('length')
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const tag = varint()
    const wire = tag % 8
    if (wire !== 0 && wire !== 1 && wire !== 2 && wire !== 5) throw new RangeError('wire type')
    const value = wire === 0 ? varint() : take(wire === 1 ? 8 : wire === 5 ? 4 : varint())
    yield { field: Math.floor(tag / 8), value }
  }
}

/**
 * A number in groups of seven bits, the lowest first.
 * @returns the number (exact up to 2^53) and where it ends
 * @throws RangeError if it does not end
 */
export function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0
  for (let shift = 0, at = start; shift < 70; shift += 7) {
    const byte = bytes[at++]
    if (byte === undefined) break
    value += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) return { value, end: at }
  }
  throw new RangeError('varint')
}
