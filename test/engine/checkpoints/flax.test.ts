import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openFlax } from '../../../src/main/engine/checkpoints/flaxCheckpoint'

const folder = mkdtempSync(join(tmpdir(), 'flax-'))
const path = join(folder, 'flax_model.msgpack')
afterAll(() => rmSync(folder, { recursive: true }))

const text = (value: string): Buffer => Buffer.concat([Buffer.from([0xa0 | value.length]), Buffer.from(value)])
const map = (entries: Readonly<Record<string, Buffer>>): Buffer =>
  Buffer.concat([
    Buffer.from([0x80 | Object.keys(entries).length]),
    ...Object.entries(entries).flatMap(([key, value]) => [text(key), value])
  ])

/** An array of flax.serialization: an extension of [shape, type, bytes]. */
function array(shape: readonly number[], type: string, bytes: Buffer, extension = 1): Buffer {
  const inner = Buffer.concat([
    Buffer.from([0x93, 0x90 | shape.length, ...shape]),
    text(type),
    Buffer.from([0xc4, bytes.length]),
    bytes
  ])
  return Buffer.concat([Buffer.from([0xc7, inner.length, extension]), inner])
}

function opened(content: Buffer) {
  writeFileSync(path, content)
  const checkpoint = openFlax(path)
  checkpoint.close()
  return checkpoint
}

test('arrays of maps within maps, of every type, with other values between them', () => {
  const floats = Buffer.from(new Float32Array([1, -2.5]).buffer)
  const content = map({
    a: map({ kernel: array([2], 'float32', floats), step: Buffer.from([0xce, 0, 0, 1, 0]) }),
    list: Buffer.from([0x93, 0xc0, 0xa1, 0x78, 0x91, 0xc3]),
    half: array([1, 2], 'float16', Buffer.from([0x00, 0x3c, 0x00, 0xc0])),
    brain: array([1], 'bfloat16', Buffer.from([0xc0, 0x3f])),
    scalar: array([], 'int8', Buffer.from([0xff]), 3)
  })
  writeFileSync(path, content)
  const checkpoint = openFlax(path)
  expect(checkpoint.names()).toEqual(['a/kernel', 'half', 'brain', 'scalar'])
  expect(checkpoint.names().map((name) => [...checkpoint.read(name)])).toEqual([[1, -2.5], [1, -2], [1.5], [-1]])
  expect(checkpoint.describe('half')).toMatchObject({ dtype: 'F16', shape: [1, 2] })
  checkpoint.close()
})

test.each([
  ['', 'is cut short'],
  ['93', 'does not begin with a map'],
  ['80', 'holds no arrays'],
  ['81a161', 'is cut short'],
  ['81a161c7ff01', 'is cut short'],
  ['8101c0', 'a key is not text'],
  ['81a161c70101c0', 'an array is malformed'],
  ['81a161c1', 'has the byte 0xc1'],
  ['81a161'.repeat(70), 'nested too deeply']
])('%s is refused in a sentence', (hex, sentence) => {
  expect(() => opened(Buffer.from(hex, 'hex'))).toThrow(sentence)
})

test('an array of another type or of the wrong size is refused by its name', () => {
  const complex = opened(map({ a: array([1], 'complex64', Buffer.alloc(8)) }))
  expect(() => complex.describe('a')).toThrow("stores 'a' as complex64")
  const short = opened(map({ a: array([3], 'float32', Buffer.alloc(8)) }))
  expect(() => short.describe('a')).toThrow("'a' has 8 bytes, which its shape [3] of float32 does not need")
})

/** As flax.serialization stores an array of more than 1 GiB. */
const chunked = (shape: Buffer, chunks: Buffer): Buffer => {
  const mark = Buffer.concat([Buffer.from([0xb9]), Buffer.from('__msgpack_chunked_array__'), Buffer.from([0xc3])])
  return Buffer.concat([Buffer.from([0x83]), mark, text('shape'), shape, text('chunks'), chunks])
}
const chunk = (...values: number[]): Buffer =>
  array([values.length], 'float32', Buffer.from(new Float32Array(values).buffer))

test('an array in chunks is one array, of which any part is read', () => {
  const shape = map({ 0: Buffer.from([2]), 1: Buffer.from([3]) })
  const content = map({ a: chunked(shape, map({ 0: chunk(1, 2, 3, 4), 1: chunk(5, 6) })), b: chunk(7) })
  writeFileSync(path, content)
  const checkpoint = openFlax(path)
  expect(checkpoint.names()).toEqual(['a', 'b'])
  expect(checkpoint.describe('a')).toMatchObject({ dtype: 'F32', shape: [2, 3] })
  expect([...checkpoint.read('a')]).toEqual([1, 2, 3, 4, 5, 6])
  const middle = new Float32Array(3)
  checkpoint.readInto('a', middle, 2)
  expect([...middle]).toEqual([3, 4, 5])
  checkpoint.close()
})

test.each([
  ['a shape that is not counted', map({ 1: Buffer.from([6]) }), map({ 0: chunk(1, 2, 3, 4, 5, 6) })],
  ['no chunks', map({ 0: Buffer.from([0]) }), map({})],
  ['chunks that are not arrays', map({ 0: Buffer.from([1]) }), map({ 0: Buffer.from([1]) })]
])('chunks with %s are refused in a sentence', (_, shape, chunks) => {
  expect(() => opened(map({ a: chunked(shape, chunks) }))).toThrow('an array in chunks is malformed')
})

test('chunks that lack numbers are refused by the name of the array', () => {
  const checkpoint = opened(map({ a: chunked(map({ 0: Buffer.from([9]) }), map({ 0: chunk(1, 2), 1: chunk(3) })) }))
  expect(() => checkpoint.describe('a')).toThrow("'a' has 12 bytes, which its shape [9] of float32 does not need")
})
