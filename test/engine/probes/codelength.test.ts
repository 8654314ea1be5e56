import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { defaultMethod, type ProbeKind } from '@shared/probeMethods'
import { seededRandom } from '@shared/random'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { bitsOf, onlineCodelength, portions } from '../../../src/main/engine/probes/scores/codelength'
import type { FitRequest, ProbeMethod, TrainedProbe } from '../../../src/main/engine/probes/methods/method'
import { probeMethods } from '../../../src/main/engine/probes/methods/methods'
import { allRows } from './fixture'

beforeAll(async () => {
  await pickBackend({ prefer: 'cpu' })
})

function request(
  vectors: Float32Array,
  width: number,
  labels: Int32Array[],
  classes: number,
  sentences = allRows(labels[0]!.length)
): FitRequest<ProbeKind> {
  return {
    data: { layers: [vectors], width, rows: allRows(labels[0]!.length), sentences },
    labels,
    classes,
    options: defaultMethod('linear'),
    seed: 1,
    restart: 0,
    job: silentJob(),
    onProgress: () => undefined
  }
}

/**
 * Answers with the shares of the classes in training, whatever the vector: its codelength can be worked out by hand.
 */
const frequencies: ProbeMethod = {
  kind: 'linear',
  solver: 'frequencies',
  reads: 'layer',
  drawn: false,
  fit: ({ labels, classes }) =>
    Promise.resolve(
      labels.map((ids): TrainedProbe => {
        const shares = Float32Array.from(
          { length: classes },
          (_, k) => ids.filter((id) => id === k).length / ids.length
        )
        return {
          classes,
          network: null,
          operationsPerRow: classes,
          iterations: 0,
          converged: true,
          loss: 0,
          dispose: () => undefined,
          probabilities: ([x]) => tf.tile(tf.tensor2d(shares, [1, classes]), [x!.shape[0], 1])
        }
      })
    )
}

describe('the online codelength', () => {
  test('sends the portions of Voita & Titov', () => {
    expect(portions(1000)).toEqual([
      [0, 1],
      [1, 2],
      [2, 4],
      [4, 8],
      [8, 16],
      [16, 32],
      [32, 63],
      [63, 125],
      [125, 250],
      [250, 500],
      [500, 1000]
    ])
    expect(portions(3)).toEqual([
      [0, 1],
      [1, 2],
      [2, 3]
    ])
  })

  test('counts -log2 of the probability, with one item more that is uniform', () => {
    // Three items sent, four classes: (3 * 0.5 + 0.25) / 4 and (3 * 0 + 0.25) / 4.
    expect(bitsOf([0.5, 0], 3, 4)).toBeCloseTo(-Math.log2(1.75 / 4) - Math.log2(0.25 / 4), 12)
  })

  test('is the uniform code where nothing can be learnt from equal classes', () => {
    expect(bitsOf(new Float32Array(100).fill(0.25), 50, 4)).toBeCloseTo(200, 6)
  })

  test('of eight items worked out by hand', async () => {
    // All of one class: after the first item (1 bit of 2 classes) each portion's probe is sure, mixed with half an
    // item: p = (t + 1/2) / (t + 1).
    const same = new Int32Array(8)
    const {
      bits,
      uniformBits,
      compression,
      portions: sent
    } = await onlineCodelength(frequencies, request(new Float32Array(8), 1, [same], 2), () => undefined)
    const byHand = 1 - Math.log2(1.5 / 2) - 2 * Math.log2(2.5 / 3) - 4 * Math.log2(4.5 / 5)
    expect(sent.map(({ from, to }) => [from, to])).toEqual([
      [0, 1],
      [1, 2],
      [2, 4],
      [4, 8]
    ])
    expect(bits).toBeCloseTo(byHand, 6)
    expect(uniformBits).toBe(8)
    expect(compression).toBeCloseTo(8 / byHand, 6)
  })

  test('goes by sentences, and codes the control beside the task as it would alone', async () => {
    const random = seededRandom(3)
    const width = 4
    const count = 400
    const real = Int32Array.from({ length: count }, () => random.integer(3))
    const control = Int32Array.from({ length: count }, () => random.integer(3))
    const vectors = Float32Array.from(
      { length: count * width },
      (_, i) => random.normal() + (i % width === real[Math.floor(i / width)] ? 3 : 0)
    )
    const sentences = Int32Array.from({ length: count }, (_, i) => Math.floor(i / 5))
    const both = await onlineCodelength(
      probeMethods.linear,
      request(vectors, width, [real, control], 3, sentences),
      () => undefined
    )
    expect(tf.memory().numTensors).toBe(0)
    expect(both.uniformBits).toBeCloseTo(count * Math.log2(3), 9)
    expect(both.compression).toBeGreaterThan(2.5)
    // Nothing can be known of the control's labels: no shorter than the uniform code.
    expect(both.control!.compression).toBeLessThan(1)
    expect(both.control!.compression).toBeGreaterThan(0.8)
    const alone = await onlineCodelength(
      probeMethods.linear,
      request(vectors, width, [control], 3, sentences),
      () => undefined
    )
    expect(alone.bits / both.control!.bits).toBeCloseTo(1, 2)
    expect(both.portions.reduce((sum, portion) => sum + portion.bits, 0)).toBeCloseTo(both.bits, 9)
  })
})
