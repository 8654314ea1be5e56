/** IEEE 754 binary16 and bfloat16, the storage types of checkpoints and of the activation store. */

let halfTable: Float32Array | undefined

/** All 65,536 values once: a table is several times faster than taking every number apart. */
function table(): Float32Array {
  if (halfTable) return halfTable
  const values = new Float32Array(65536)
  for (let bits = 0; bits < 65536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1
    const exponent = (bits >> 10) & 0x1f
    const fraction = bits & 0x3ff
    if (exponent === 0) values[bits] = sign * fraction * 2 ** -24
    else if (exponent === 31) values[bits] = fraction ? NaN : sign * Infinity
    else values[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
  }
  halfTable = values
  return values
}

export function halfToFloat(source: Uint16Array, target: Float32Array): void {
  const values = table()
  for (let i = 0; i < source.length; i++) target[i] = values[source[i]!]!
}

/** bfloat16 is the upper half of a float32. */
export function brainToFloat(source: Uint16Array, target: Float32Array): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length)
  for (let i = 0; i < source.length; i++) bits[i] = source[i]! << 16
}

/**
 * Rounds to nearest, ties to even. Returns the largest magnitude met, so that the caller can tell when 65,504, the
 * largest half, was passed and the values would be lost.
 */
export function floatToHalf(source: Float32Array, target: Uint16Array): number {
  const bits = new Uint32Array(source.buffer, source.byteOffset, source.length)
  let largest = 0
  for (let i = 0; i < bits.length; i++) {
    const value = bits[i]!
    const sign = (value >>> 16) & 0x8000
    const magnitude = value & 0x7fffffff
    if (magnitude > largest) largest = magnitude
    if (magnitude >= 0x38800000 && magnitude < 0x477ff000) {
      // Normal range: drop 13 bits of the fraction, rounding to even, and move the exponent's bias from 127 to 15.
      target[i] = sign | ((magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x38000000) >>> 13)
    } else if (magnitude < 0x38800000) {
      // Below the smallest normal half: adding 0.5 shifts the fraction to where a subnormal half keeps it, rounded by
      // the hardware.
      scratch[0] = Math.abs(source[i]!) + 0.5
      target[i] = sign | (scratchBits[0]! - 0x3f000000)
    } else {
      target[i] = sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00)
    }
  }
  scratchBits[0] = largest
  return scratch[0]!
}

const scratch = new Float32Array(1)
const scratchBits = new Uint32Array(scratch.buffer)
