import { expect, test } from 'vitest'
import { wholeArrays } from '@shared/rpc/wholeArrays'

test('a view becomes an array of its own, a Buffer of Node as well', () => {
  const all = Buffer.from([1, 2, 3, 4, 5, 6, 7, 8])
  const { part, rows } = wholeArrays({ part: all.subarray(2, 4), rows: new Float32Array(8).subarray(0, 2) })
  expect([...part]).toEqual([3, 4])
  expect(part.buffer.byteLength).toBe(2)
  expect(rows.buffer.byteLength).toBe(8)
  all[2] = 99
  expect([...part]).toEqual([3, 4])
})

test('a DataView of a part carries that part alone', () => {
  const view = wholeArrays(new DataView(Uint8Array.from([1, 2, 3, 4]).buffer, 1, 2))
  expect([view.buffer.byteLength, view.getUint8(0), view.getUint8(1)]).toEqual([2, 2, 3])
})
