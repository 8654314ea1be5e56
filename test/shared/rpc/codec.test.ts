import { describe, expect, test } from 'vitest'
import { decodeFrame, encodeFrame } from '../../../src/shared/rpc/codec'
import type { Frame } from '../../../src/shared/rpc/frames'

const encode = (frame: Frame): Uint8Array<ArrayBuffer> => encodeFrame(frame, (text) => new TextEncoder().encode(text))
const strict = new TextDecoder('utf-8', { fatal: true })
const decode = (message: Uint8Array): Frame => decodeFrame(message, (bytes) => strict.decode(bytes))

/** A message with this header and this many bytes behind it. */
function message(header: unknown, bodyBytes = 0): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const start = (4 + text.length + 7) & ~7
  const out = new Uint8Array(start + bodyBytes)
  new DataView(out.buffer).setUint32(0, text.length, true)
  out.set(text, 4)
  return out
}

describe('a frame', () => {
  test.each<Frame>([
    { kind: 'call', id: 1, name: 'app.info', input: {} },
    { kind: 'answer', id: 2, output: null },
    { kind: 'failure', id: 3, error: { name: 'UserError', message: 'Nothing there: “ä”, 中, 🙂.', user: true } },
    { kind: 'event', name: 'job.changed', payload: { list: [1, 'two', null, { deep: [true] }] } }
  ])('of kind $kind comes back as it was', (frame) => {
    expect(decode(encode(frame))).toEqual(frame)
  })

  test('carries arrays of every kind at every depth, bit by bit', () => {
    const output = {
      float: new Float32Array([0, -0, 1.5, NaN, Infinity, 1e-45]),
      list: [new Float64Array([Math.PI]), { deep: new Int32Array([-1, 2 ** 31 - 1]) }],
      half: new Int16Array([1, 2, 3]),
      bytes: new Uint8Array([255, 0, 7]),
      count: new Uint32Array([2 ** 32 - 1]),
      empty: new Float32Array(0)
    }
    const decoded = decode(encode({ kind: 'answer', id: 1, output })) as { output: typeof output }
    expect(decoded.output).toEqual(output)
    expect(Object.is(decoded.output.float[1], -0)).toBe(true)
  })

  test('carries the part a view shows, not the buffer behind it', () => {
    const matrix = new Float32Array(100_000).fill(7)
    const encoded = encode({ kind: 'answer', id: 1, output: matrix.subarray(10, 12) })
    expect(encoded.byteLength).toBeLessThan(200)
    expect(decode(encoded)).toMatchObject({ output: new Float32Array([7, 7]) })
  })

  test("carries Node's buffers as bytes, and reads from them at any offset", () => {
    const encoded = encode({
      kind: 'answer',
      id: 1,
      output: { bytes: Buffer.from([1, 2, 3]), values: new Float64Array([4]) }
    })
    const shifted = Buffer.concat([Buffer.from([0, 0, 0]), encoded]).subarray(3)
    expect(decode(shifted)).toMatchObject({
      output: { bytes: new Uint8Array([1, 2, 3]), values: new Float64Array([4]) }
    })
  })

  test('does not share memory with the message it came in', () => {
    const encoded = encode({ kind: 'answer', id: 1, output: new Uint8Array([1, 2, 3]) })
    const { output } = decode(encoded) as { output: Uint8Array }
    encoded.fill(0)
    expect(output).toEqual(new Uint8Array([1, 2, 3]))
  })

  test('with an array of a kind that no engine of JavaScript shares is refused before it is sent', () => {
    expect(() => encode({ kind: 'answer', id: 1, output: new BigInt64Array(1) })).toThrow(
      'A BigInt64Array cannot be sent.'
    )
  })
})

describe('a message that is no frame is refused', () => {
  const call = { kind: 'call', id: 1, name: 'x' }
  test.each<[string, Uint8Array, string]>([
    ['empty', new Uint8Array(0), 'The message is too short to be a frame.'],
    ['short', new Uint8Array(3), 'The message is too short to be a frame.'],
    [
      'with a header beyond its end',
      new Uint8Array([255, 255, 255, 255, 1]),
      'The header of the message is longer than the message.'
    ],
    [
      'with a header one byte too long',
      new Uint8Array([2, 0, 0, 0, 123]),
      'The header of the message is longer than the message.'
    ],
    ['null', message(null), 'The message is not a frame of a known kind.'],
    ['a list', message([1]), 'The message is not a frame of a known kind.'],
    ['of a kind that is not known', message({ kind: 'shout', id: 1 }), 'The message is not a frame of a known kind.'],
    ['without a name', message({ kind: 'call', id: 1 }), 'The message is not a frame of a known kind.'],
    ['with a number that is none', message({ kind: 'answer', id: '1' }), 'The message is not a frame of a known kind.'],
    [
      'with an array beyond its end',
      message({ ...call, input: { $array: ['f32', 0, 3] } }, 8),
      'The message refers to bytes beyond its end.'
    ],
    [
      'with an array of a billion',
      message({ ...call, input: { $array: ['u8', 0, 1e9] } }, 8),
      'The message refers to bytes beyond its end.'
    ],
    [
      'with an array between the grid',
      message({ ...call, input: { $array: ['u8', 4, 1] } }, 8),
      'The message refers to bytes beyond its end.'
    ],
    [
      'with an array before its start',
      message({ ...call, input: { $array: ['u8', -8, 1] } }, 8),
      'The message contains an invalid reference to an array.'
    ],
    [
      'with an array of half a length',
      message({ ...call, input: { $array: ['u8', 0, 0.5] } }, 8),
      'The message contains an invalid reference to an array.'
    ],
    [
      'with an array of a kind every object has',
      message({ ...call, input: { $array: ['constructor', 0, 1] } }, 8),
      'The message contains an invalid reference to an array.'
    ],
    [
      'with a reference that is none',
      message({ ...call, input: { $array: null } }),
      'The message contains an invalid reference to an array.'
    ]
  ])('%s', (_what, bytes, sentence) => {
    expect(() => decode(bytes)).toThrow(sentence)
  })

  test('header that is not UTF-8 or not JSON', () => {
    expect(() => decode(message('{"kind"'))).toThrow()
    const bytes = message('{"kind":"event","name":"ab"}')
    bytes[22] = 0xff
    expect(() => decode(bytes)).toThrow()
  })

  test('a thousand damaged messages either throw or are frames, and nothing else happens', () => {
    const whole = encode({
      kind: 'call',
      id: 1,
      name: 'attention.head',
      input: { layer: 1, values: new Float32Array(16), more: [new Uint8Array(3), { a: 'b' }] }
    })
    const random = xorshift(20_260_101)
    let refused = 0
    for (let round = 0; round < 1000; round++) {
      const damaged = whole.slice(0, random() % 4 === 0 ? random() % (whole.length + 1) : whole.length)
      for (let change = random() % 8; change >= 0 && damaged.length > 0; change--)
        damaged[random() % damaged.length] = random() % 256
      try {
        expect(['call', 'answer', 'failure', 'event']).toContain(decode(damaged).kind)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
        refused++
      }
    }
    expect(refused).toBeGreaterThan(500)
  })

  test('a header of a hundred thousand brackets', () => {
    expect(() => decode(message('['.repeat(100_000)))).toThrow()
    expect(() => decode(message(`${'['.repeat(100_000)}${']'.repeat(100_000)}`))).toThrow()
  })
})

/** Marsaglia's xorshift: the same sequence on every run. */
function xorshift(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}
