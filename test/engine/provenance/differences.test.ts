import { expect, test } from 'vitest'
import { resultDifferences, tensorDifference } from '../../../src/main/engine/results/provenance/differences'

const kept = {
  id: 'a',
  createdAt: 'then',
  seconds: { total: 1 },
  backend: 'CPU',
  versions: { node: '20' },
  testWords: 10,
  layers: [{ layer: 0, accuracy: 0.1 + 0.2, perClass: [{ f1: 1 }] }]
}

test('times, ids and versions may differ; numbers may not, in their last bit', () => {
  const again = { ...kept, id: 'b', createdAt: 'now', seconds: { total: 2 }, backend: 'GPU', versions: { node: '24' } }
  expect(resultDifferences(kept, again)).toEqual([])
  expect(resultDifferences(kept, { ...again, layers: [{ layer: 0, accuracy: 0.3, perClass: [{ f1: 1 }] }] })).toEqual([
    { path: 'layers[0].accuracy', kept: '0.30000000000000004', again: '0.3' }
  ])
})

test('what is there once only is a difference', () => {
  expect(resultDifferences(kept, { ...kept, layers: [], extra: true })).toEqual([
    { path: 'layers[0]', kept: '{"layer":0,"accuracy":0.30000000000000004,"perClass":[{"f1":1}]}', again: 'nothing' },
    { path: 'extra', kept: 'nothing', again: 'true' }
  ])
})

test('what a file cannot hold is compared as the file has it', () => {
  expect(resultDifferences({ loss: null }, { loss: NaN, left: undefined })).toEqual([])
})

test('tensors are compared by bits, so that 0 is not -0 and NaN is NaN', () => {
  const tensor = (...values: number[]) => ({ shape: [values.length], data: Float32Array.from(values) })
  expect(tensorDifference('gold', tensor(1, NaN, 3), tensor(1, NaN, 3))).toBeNull()
  expect(tensorDifference('gold', tensor(1, 0), tensor(1, -0))).toEqual({
    path: 'tensor gold[1]',
    kept: '0',
    again: '0'
  })
  expect(tensorDifference('gold', tensor(1, 2), tensor(1))).toEqual({
    path: 'tensor gold',
    kept: 'shape 2',
    again: 'shape 1'
  })
})
