import { expect, test } from 'vitest'
import { packTensors, unpackTensors } from '../../../src/main/engine/results/packTensors'

test('tensors and numbers that JSON does not have come back as they were', () => {
  const result = {
    values: { shape: [2], data: Float32Array.of(0.1, NaN) },
    places: [
      { shape: [1], data: Int32Array.of(-7) },
      { shape: [2], data: Uint8Array.of(1, 255) }
    ],
    scores: [1, NaN, -Infinity],
    title: 'result.values',
    nothing: null
  }
  const { json, tensors } = packTensors(result)
  const read: unknown = unpackTensors(JSON.parse(JSON.stringify(json)), (name) =>
    Float32Array.from(tensors[name]!.data)
  )
  expect(read).toEqual(result)
  expect(Object.keys(tensors)).toEqual(['result.values.data', 'result.places[0].data', 'result.places[1].data'])
})
