import * as tf from '@tensorflow/tfjs-core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { seededRandom } from '@shared/random'
import { extended } from '../../../src/main/engine/backends/extendedBinding'
import { nativeProcessor } from '../../../src/main/engine/backends/nativeProcessor'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { classify } from '../../../src/main/engine/probes/scores/classify'
import { linearMethod } from '../../../src/main/engine/probes/methods/linearProbe'
import {
  measureFeatures,
  standardisedRows,
  type SelectedRows
} from '../../../src/main/engine/probes/solvers/standardise'
import { nativeReady } from './subjects'

if (!nativeReady) console.warn('The native rows of probes are left out: native TensorFlow is not there.')

function someRows(items: number, width: number, every: number): SelectedRows {
  const random = seededRandom(items + width)
  const values = Float32Array.from({ length: items * width }, (_, i) => 3 * random.normal() + (i % width))
  return { values, width, rows: Int32Array.from({ length: Math.ceil(items / every) }, (_, i) => i * every) }
}

describe.skipIf(!nativeReady)('rows of a probe, natively', () => {
  beforeEach(async () => {
    await pickBackend({ prefer: 'tensorflow' })
  })
  afterEach(() => {
    expect(tf.memory().numTensors).toBe(0)
  })

  // Parts have 1,024 rows.
  test.each([
    [1, 1, 1],
    [7, 5, 2],
    [2500, 33, 1],
    [4100, 16, 2]
  ])('%i rows of width %i, every %i-th, are standardised as in plain JavaScript', async (items, width, every) => {
    const selected = someRows(items, width, every)
    const native = await measureFeatures(selected, silentJob())
    const x = standardisedRows(selected, native, 0, selected.rows.length)
    const ours = x.dataSync()
    x.dispose()
    await pickBackend({ prefer: 'cpu' })
    const portable = await measureFeatures(selected, silentJob())
    for (let j = 0; j < width; j++) {
      expect(Math.abs(native.mean[j]! - portable.mean[j]!)).toBeLessThan(1e-11)
      expect(Math.abs(native.scale[j]! - portable.scale[j]!)).toBeLessThan(1e-11)
    }
    const theirs = standardisedRows(selected, native, 0, selected.rows.length)
    expect(theirs.dataSync()).toEqual(ours)
    theirs.dispose()
  })

  test('answers are those of the network', async () => {
    const { values, width } = someRows(1100, 9, 1)
    const random = seededRandom(3)
    const rows = Int32Array.from({ length: 1100 }, (_, i) => i)
    const labels = rows.map(() => random.integer(3))
    const data = { layers: [values], width, rows, sentences: rows }
    const probes = await linearMethod.fit({
      data,
      labels: [labels],
      classes: 3,
      options: { kind: 'linear', penalty: 'l2', inverseRegularisation: 1, l1Ratio: 0.5 },
      seed: 1,
      restart: 0,
      job: silentJob(),
      onProgress: () => undefined
    })
    const [short] = await classify([values], width, probes, silentJob())
    const [long] = await classify([values], width, probes, silentJob(), rows)
    expect(probes[0]!.answers?.(values)).not.toBeNull()
    expect(short!.predicted).toEqual(long!.predicted)
    short!.probability.forEach((probability, i) =>
      expect(Math.abs(probability - long!.probability[i]!)).toBeLessThan(2e-6)
    )
    probes.forEach((probe) => probe.dispose())
  })

  test('what does not fit is refused', () => {
    const binding = extended(nativeProcessor()!)
    const values = new Float32Array(6)
    const three = new Float64Array(3)
    expect(() => binding.sumFeatures(values, 3, Int32Array.of(0, 2), three, three)).toThrow(
      'sumFeatures was given rows that are not there.'
    )
    expect(() => binding.sumFeatures(values, 3, Int32Array.of(1), three, new Float64Array(2))).toThrow(
      'sumFeatures adds to one number for each feature.'
    )
    expect(() => binding.standardiseRows(values, 3, Int32Array.of(-1), three, three)).toThrow(
      'standardiseRows was given rows that are not there.'
    )
    expect(() =>
      binding.answerSoftmax(values, new Float32Array(6), new Float32Array(2), new Int32Array(3), new Float32Array(3))
    ).toThrow('answerSoftmax was given arrays that do not fit each other.')
    expect(() => binding.undecidedSoftmax(-1, values, three as unknown as Float32Array, values, 0)).toThrow(
      'undecidedSoftmax was given a tensor that is not there.'
    )
    expect(() =>
      binding.chooseRows(values, 2, new Int32Array(6), values, new Int32Array(2), new Float64Array(2))
    ).toThrow('chooseRows was given arrays that do not fit each other.')
  })
})
