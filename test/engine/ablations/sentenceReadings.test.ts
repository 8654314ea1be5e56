import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { readSentence } from '../../../src/main/engine/ablations/sentenceReadings'
import { pickBackend } from '../../../src/main/engine/backends/pick'

beforeAll(() => pickBackend())

test('probes answer for every word at the layers of their run, before and after, by hand', () => {
  // [CLS] play ##ing , of two words and a third that has no token; the probe of layer 2 says B where the second feature
  // is larger.
  const window = {
    sentence: 0,
    ids: Int32Array.of(0, 1, 2, 3),
    wordOfToken: Int32Array.of(-1, 0, 0, 1),
    from: 0,
    to: 3
  }
  const weights = { shape: [1, 3, 2], data: Float32Array.of(1, 0, 0, 1, 0, 0) }
  const rows = (values: number[]): tf.Tensor2D => tf.tensor2d(values, [4, 2])
  const empty = rows([0, 0, 0, 0, 0, 0, 0, 0])
  const plain = [empty, empty, rows([9, 0, 1, 0, 0, 9, 0, 1])]
  const changed = [empty, empty, rows([9, 0, 0, 1, 9, 0, 0, 2])]
  const reading = readSentence(
    { runId: 'r', task: 't', pooling: 'first', layers: [2], classes: ['A', 'B'], weights },
    window,
    plain,
    changed,
    ['A', 'B', null, 'A']
  )
  expect([...reading.plain.data]).toEqual([0, 1, -1])
  expect([...reading.changed.data]).toEqual([1, 1, -1])
  expect(reading.plain.shape).toEqual([1, 3])
  expect(reading.gold).toEqual(['A', 'B', null])
  expect([
    ...readSentence(
      { runId: 'r', task: 't', pooling: 'last', layers: [2], classes: ['A', 'B'], weights },
      window,
      plain,
      changed,
      null
    ).plain.data
  ]).toEqual([1, 1, -1])
})
