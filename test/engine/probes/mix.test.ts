import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { defaultMethod } from '@shared/probeMethods'
import { seededRandom } from '@shared/random'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { mixMethod } from '../../../src/main/engine/probes/methods/mix'
import { Network } from '../../../src/main/engine/probes/solvers/network'
import { NetworkInput } from '../../../src/main/engine/probes/solvers/networkInput'
import type { TaskItems } from '../../../src/main/engine/tasks/task'
import { probeItems } from '../../../src/main/engine/tasks/vectors'
import { allRows } from './fixture'
import { backends } from './subjects'

interface Reference {
  cases: { layers: number; hidden: number[]; loss: number; gradients: number[][] }[]
  spans: Record<'mean' | 'ends' | 'pairs', number[]>
}
const theirs = JSON.parse(readFileSync('test/fixtures/probes/mix.json', 'utf8')) as Reference
// As make_mix.py has them.
const [width, items, classes] = [5, 9, 3]
const labels = Int32Array.of(2, 0, 1, 1, 0, 2, 2, 1, 0)
const formula = (count: number, place: number, size: number): Float32Array =>
  Float32Array.from(
    { length: count },
    (_, i) => size * (2 * ((0.6180339887498949 * (i + 1) ** 2 + 0.7548776662466927 * place) % 1) - 1)
  )

describe.each(backends)('a scalar mix on %s', (backend) => {
  beforeAll(async () => {
    expect((await pickBackend({ prefer: backend })).name).toBe(backend)
  })

  test.each(theirs.cases)(
    "has the loss and gradients of AllenNLP's in PyTorch: $layers layers, hidden $hidden",
    async (one) => {
      const input = await NetworkInput.load(
        {
          layers: Array.from({ length: one.layers }, (_, layer) => formula(items * width, 50 + layer, 1.5)),
          width,
          rows: allRows(items),
          sentences: allRows(items)
        },
        () => ({ mean: new Float64Array(width), scale: new Float64Array(width).fill(1) }),
        silentJob()
      )
      try {
        const shape = { hidden: one.hidden, activation: 'relu' as const, dropout: 0 }
        const network = new Network(input, labels, classes, shape, seededRandom(1))
        network.dense.forEach(({ weight, bias }, place) => {
          weight.set(formula(weight.length, 30 + 2 * place, 0.6))
          bias.set(formula(bias.length, 31 + 2 * place, 0.1))
        })
        network.mix!.scores.set(formula(one.layers, 40, 0.8))
        network.mix!.gamma.set(formula(1, 41, 1.2))
        const { loss, gradients } = network.gradients(allRows(items), seededRandom(1))
        expect(Math.abs(loss - one.loss)).toBeLessThan(2e-5)
        expect(gradients).toHaveLength(one.gradients.length)
        one.gradients.forEach((values, p) => {
          const norm = Math.hypot(...values)
          values.forEach((value, i) => expect(Math.abs(gradients[p]![i]! - value)).toBeLessThan(2e-5 * norm))
        })
      } finally {
        input.dispose()
      }
    }
  )
})

test('a trained mix predicts by the formula: standardised layers, weighted, times gamma, through the network', async () => {
  await pickBackend({ prefer: 'cpu' })
  const layers = [0, 1, 2].map((layer) => formula(items * width, 60 + layer, 1 + layer))
  const [probe] = await mixMethod.fit({
    data: { layers, width, rows: allRows(items), sentences: allRows(items) },
    labels: [labels],
    classes,
    options: { ...defaultMethod('mix'), hidden: [], epochs: 6, heldOut: 0.2 },
    seed: 1,
    restart: 0,
    job: silentJob(),
    onProgress: () => undefined
  })
  const { weights, gamma } = probe!.mixed!.mix
  expect(weights.reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 6)
  // By hand: a layer centred and divided by the root mean square of all its features.
  const mixed = new Float64Array(items * width)
  layers.forEach((values, layer) => {
    const mean = Array.from(
      { length: width },
      (_, j) => values.filter((_, i) => i % width === j).reduce((a, b) => a + b) / items
    )
    const centred = Float64Array.from(values, (value, i) => value - mean[i % width]!)
    const square = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0) / centred.length)
    centred.forEach((value, i) => (mixed[i]! += (gamma * weights[layer]! * value) / square))
  })
  // The network reads the weighted sum of raw layers: its bias takes up their means.
  const { weight, bias } = probe!.network![0]!
  const raw = new Float64Array(items * width)
  layers.forEach((values, layer) => values.forEach((value, i) => (raw[i]! += probe!.mixed!.factors[layer]! * value)))
  const differences = Array.from({ length: items }, (_, item) =>
    Array.from({ length: classes }, (_, k) => {
      let [ours, byHand] = [bias[k]!, 0]
      for (let j = 0; j < width; j++) {
        ours += raw[item * width + j]! * weight[j * classes + k]!
        byHand += mixed[item * width + j]! * weight[j * classes + k]!
      }
      return ours - byHand
    })
  )
  // What is left is the bias over standardised vectors, the same for every item.
  for (const row of differences) row.forEach((value, k) => expect(value).toBeCloseTo(differences[0]![k]!, 4))
  const answers = tf.tidy(() =>
    probe!.probabilities(layers.map((values) => tf.tensor2d(values, [items, width]))).arraySync()
  )
  answers.forEach((row, item) => {
    const logits = Array.from({ length: classes }, (_, k) => {
      let sum = bias[k]!
      for (let j = 0; j < width; j++) sum += raw[item * width + j]! * weight[j * classes + k]!
      return Math.exp(sum)
    })
    const total = logits.reduce((a, b) => a + b)
    row.forEach((value, k) => expect(value).toBeCloseTo(logits[k]! / total, 5))
  })
})

test('vectors of spans and pairs are those of AllenNLP: masked means, end points, both halves and their product', () => {
  const part = (spans: [number, number][]) => ({
    first: Int32Array.from(spans, ([first]) => first),
    end: Int32Array.from(spans, ([, end]) => end)
  })
  const first = part([
    [0, 3],
    [3, 4],
    [4, 8]
  ])
  const second = part([
    [8, 9],
    [5, 9],
    [2, 6]
  ])
  const words = { words: items, width, missing: [], layer: () => formula(items * width, 7, 1) }
  const task: TaskItems = {
    ...first,
    second: null,
    classes: Int32Array.of(0, 0, 0),
    values: null,
    types: () => ['', '', '']
  }
  const sentence = new Int32Array(items)
  const expectNear = (ours: Float32Array, values: number[]): void => {
    expect(ours).toHaveLength(values.length)
    values.forEach((value, i) => expect(ours[i]).toBeCloseTo(value, 6))
  }
  for (const span of ['mean', 'ends'] as const)
    expectNear(probeItems('span', task, sentence, words, span).vectors(0), theirs.spans[span])
  expectNear(probeItems('pair', { ...task, second }, sentence, words, 'mean').vectors(0), theirs.spans.pairs)
})
