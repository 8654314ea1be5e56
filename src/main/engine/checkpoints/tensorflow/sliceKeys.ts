/** Part of a dimension; a length of -1 is the whole of it. */
export interface Extent {
  start: number
  length: number
}

/**
 * The key under which the data of a slice of a variable is stored
 * (tensorflow/core/util/saved_tensor_slice_util.cc, `EncodeTensorNameSlice`), its bytes as `latin1`.
 * @param name the variable's name, its bytes as `latin1`
 */
export function sliceKey(name: string, extents: readonly Extent[]): string {
  const escaped = [...name].map((byte) => (byte === '\x00' ? '\x00\xff' : byte === '\xff' ? '\xff\x00' : byte)).join('')
  const bounds = extents.map(({ start, length }) => signedNumber(start) + signedNumber(length)).join('')
  return `${orderedNumber(0)}${escaped}\x00\x01${orderedNumber(extents.length)}${bounds}`
}

/** How many bytes, and the bytes, the highest first. */
function orderedNumber(value: number): string {
  const bytes: number[] = []
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return String.fromCharCode(bytes.length, ...bytes)
}

/** As many leading 1 bits as bytes, a 0, and the value; of a negative number the complement of -value - 1. */
function signedNumber(value: number): string {
  const magnitude = BigInt(value < 0 ? -value - 1 : value)
  let length = 1n
  while (magnitude >= 1n << (7n * length - 1n)) length++
  const marked = magnitude | (((1n << length) - 1n) << (7n * length))
  const whole = value < 0 ? ~marked & ((1n << (8n * length)) - 1n) : marked
  let text = ''
  for (let byte = length - 1n; byte >= 0n; byte--) text += String.fromCharCode(Number((whole >> (8n * byte)) & 0xffn))
  return text
}
