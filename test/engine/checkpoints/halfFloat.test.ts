import { expect, test } from 'vitest'
import { brainToFloat, floatToHalf, halfToFloat } from '../../../src/main/engine/checkpoints/halfFloat'

/** The nearest half by search over all of them: the definition, too slow for use. */
function nearestHalf(value: number, halves: Float32Array): number {
  let best = 0
  for (let bits = 0; bits < 0x7c00; bits++) {
    const distance = Math.abs(halves[bits]! - Math.abs(value))
    const bestDistance = Math.abs(halves[best]! - Math.abs(value))
    if (distance < bestDistance || (distance === bestDistance && bits % 2 === 0)) best = bits
  }
  return (value < 0 || Object.is(value, -0) ? 0x8000 : 0) | best
}

const allBits = Uint16Array.from({ length: 65536 }, (_, i) => i)
const allValues = new Float32Array(65536)
halfToFloat(allBits, allValues)

test('every half survives the way to float32 and back', () => {
  const back = new Uint16Array(65536)
  floatToHalf(allValues, back)
  for (let bits = 0; bits < 65536; bits++) {
    if (Number.isNaN(allValues[bits]!))
      expect((back[bits]! & 0x7c00) === 0x7c00 && (back[bits]! & 0x3ff) !== 0).toBe(true)
    else expect(back[bits]).toBe(bits)
  }
})

test('known values', () => {
  const values = new Float32Array(6)
  halfToFloat(Uint16Array.from([0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0x3555]), values)
  expect([...values]).toEqual([1, -2, 65504, 2 ** -24, Infinity, 0.333251953125])
  const brain = new Float32Array(2)
  brainToFloat(Uint16Array.from([0x3f80, 0xc049]), brain)
  expect([...brain]).toEqual([1, -3.140625])
})

test('rounds to the nearest half, ties to even, subnormals included', () => {
  const values = Float32Array.from([
    0.1, -0.1, 1.0009765, 1.00048828125, 1.00146484375, 6e-8, 3e-8, 2.98e-8, 5.5e-5, 6.1e-5, 1234.567, 0.33333, -65503,
    2049, 2051
  ])
  const halves = new Uint16Array(values.length)
  floatToHalf(values, halves)
  expect([...halves]).toEqual([...values].map((value) => nearestHalf(value, allValues)))
})

test('tells when a value was too large', () => {
  expect(floatToHalf(Float32Array.from([1, -70000, 3]), new Uint16Array(3))).toBe(70000)
  expect(floatToHalf(Float32Array.from([1, -2, 3]), new Uint16Array(3))).toBe(3)
})
