import type { Frame } from './frames'

/**
 * A frame as bytes, for pipes that carry no structured values (WebSocket): a JSON header, then the typed arrays it
 * refers to.
 *
 *     u32 header length | header (UTF-8 JSON) | padding to 8 | array 0 | padding to 8 | array 1 | ...
 *
 * In the header an array is written as {"$array": [type, byte offset, length]}, the offset counted from the end of the
 * header's padding.
 */
type Typed = Float32Array | Float64Array | Int32Array | Int16Array | Uint8Array | Uint32Array

const types: Record<string, new (buffer: ArrayBuffer, offset: number, length: number) => Typed> = {
  f32: Float32Array,
  f64: Float64Array,
  i32: Int32Array,
  i16: Int16Array,
  u8: Uint8Array,
  u32: Uint32Array
}
const elementBytes: Record<string, number> = { f32: 4, f64: 8, i32: 4, i16: 2, u8: 1, u32: 4 }

function typeOf(value: unknown): string | null {
  if (!ArrayBuffer.isView(value)) return null
  for (const [name, constructor] of Object.entries(types)) if (value instanceof constructor) return name
  throw new Error(`A ${value.constructor.name} cannot be sent.`)
}

const align = (bytes: number): number => (bytes + 7) & ~7

export function encodeFrame(frame: Frame, encodeText: (text: string) => Uint8Array): Uint8Array<ArrayBuffer> {
  const arrays: { bytes: Uint8Array; offset: number }[] = []
  let size = 0
  const header = encodeText(
    // Seen before `toJSON` had its way: Node's Buffer has one, and would travel as a list of numbers.
    JSON.stringify(frame, function (this: Record<string, unknown>, key, value: unknown) {
      const type = typeOf(this[key])
      if (!type) return value
      const array = this[key] as Typed
      const offset = size
      arrays.push({ bytes: new Uint8Array(array.buffer, array.byteOffset, array.byteLength), offset })
      size = align(size + array.byteLength)
      return { $array: [type, offset, array.length] }
    })
  )
  const start = align(4 + header.length)
  const out = new Uint8Array(start + size)
  new DataView(out.buffer).setUint32(0, header.length, true)
  out.set(header, 4)
  for (const { bytes, offset } of arrays) out.set(bytes, start + offset)
  return out
}

/** Throws on anything that is not a well-formed frame: sizes are checked before memory is touched. */
export function decodeFrame(message: Uint8Array, decodeText: (bytes: Uint8Array) => string): Frame {
  if (message.byteLength < 4) throw new Error('The message is too short to be a frame.')
  const length = new DataView(message.buffer, message.byteOffset).getUint32(0, true)
  const start = align(4 + length)
  if (4 + length > message.byteLength) throw new Error('The header of the message is longer than the message.')
  // Typed arrays need aligned memory; a message that came at an odd offset is copied once.
  // (Uint8Array's own `slice`: that of Node's Buffer does not copy.)
  const body = Uint8Array.prototype.slice.call(message, Math.min(start, message.byteLength))
  const frame: unknown = JSON.parse(decodeText(message.subarray(4, 4 + length)), (_key, value: unknown) => {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, '$array')) return value
    const reference = (value as { $array: unknown }).$array
    const [type, offset, count] = (Array.isArray(reference) ? reference : []) as [string, number, number]
    const constructor = Object.hasOwn(types, type) ? types[type] : undefined
    if (!constructor || !Number.isSafeInteger(offset) || !Number.isSafeInteger(count) || offset < 0 || count < 0) {
      throw new Error('The message contains an invalid reference to an array.')
    }
    if (offset % 8 !== 0 || offset + count * elementBytes[type]! > body.byteLength)
      throw new Error('The message refers to bytes beyond its end.')
    return new constructor(body.buffer, offset, count)
  })
  if (!isFrame(frame)) throw new Error('The message is not a frame of a known kind.')
  return frame
}

function isFrame(value: unknown): value is Frame {
  if (value === null || typeof value !== 'object' || !('kind' in value)) return false
  const frame = value as Record<string, unknown>
  if (frame['kind'] === 'event') return typeof frame['name'] === 'string'
  if (!Number.isSafeInteger(frame['id'])) return false
  if (frame['kind'] === 'call') return typeof frame['name'] === 'string'
  return frame['kind'] === 'answer' || frame['kind'] === 'failure'
}
