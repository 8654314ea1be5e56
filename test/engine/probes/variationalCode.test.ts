import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { seededRandom } from '@shared/random'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { variationalCodelength } from '../../../src/main/engine/probes/scores/variationalCode'
import { VariationalNetwork } from '../../../src/main/engine/probes/solvers/variationalNetwork'
import { allRows } from './fixture'
import { backends } from './subjects'

interface Reference {
  cases: { hidden: number[]; loss: number; kl: number; gradients: number[][] }[]
}
const theirs = JSON.parse(readFileSync('test/fixtures/probes/variational.json', 'utf8')) as Reference
// As make_variational.py has them.
const [width, items, classes] = [5, 9, 3]
const labels = Int32Array.of(2, 0, 1, 1, 0, 2, 2, 1, 0)
const formula = (count: number, place: number, size: number, middle = 0): Float32Array =>
  Float32Array.from(
    { length: count },
    (_, i) => middle + size * (2 * ((0.6180339887498949 * (i + 1) ** 2 + 0.7548776662466927 * place) % 1) - 1)
  )

describe.each(backends)('the variational code on %s', (backend) => {
  beforeAll(async () => {
    expect((await pickBackend({ prefer: backend })).name).toBe(backend)
  })

  test.each(theirs.cases)(
    "has the loss, divergence and gradients of Louizos et al.'s layers in PyTorch: hidden $hidden",
    ({ hidden, loss, kl, gradients }) => {
      const vectors = tf.tensor2d(formula(items * width, 90, 1.5), [items, width])
      const network = new VariationalNetwork(vectors, labels, classes, hidden, 1)
      const noise = network.layers.map((layer, i) => {
        layer.scale.set(formula(layer.scale.length, 10 * i, 0.5, 1))
        layer.scaleLogVariance.set(formula(layer.scale.length, 10 * i + 1, 3, -3))
        layer.weight.set(formula(layer.weight.length, 10 * i + 2, 0.8))
        layer.weightLogVariance.set(formula(layer.weight.length, 10 * i + 3, 2, -3))
        layer.bias.set(formula(layer.bias.length, 10 * i + 4, 0.3))
        layer.biasLogVariance.set(formula(layer.bias.length, 10 * i + 5, 2, -4))
        return {
          scales: formula(items * layer.scale.length, 10 * i + 6, 1.7),
          outputs: formula(items * layer.bias.length, 10 * i + 7, 1.7)
        }
      })
      const ours = network.gradientsAt(allRows(items), noise)
      vectors.dispose()
      expect(Math.abs(ours.loss - loss)).toBeLessThan(1e-5)
      expect(Math.abs(network.divergence() - kl)).toBeLessThan(1e-5 * kl)
      expect(ours.gradients).toHaveLength(gradients.length)
      ours.gradients.forEach((gradient, p) => {
        expect(gradient).toHaveLength(gradients[p]!.length)
        gradient.forEach((value, i) => expect(Math.abs(value - gradients[p]![i]!)).toBeLessThan(1e-5))
      })
      expect(tf.memory().numTensors).toBe(0)
    }
  )
})

test('labels that the vectors show take fewer bits than random ones; the seed decides the length', async () => {
  await pickBackend({ prefer: 'cpu' })
  const random = seededRandom(3)
  const [features, count] = [4, 400]
  const real = Int32Array.from({ length: count }, () => random.integer(3))
  const drawn = Int32Array.from({ length: count }, () => random.integer(3))
  const vectors = Float32Array.from(
    { length: count * features },
    (_, i) => random.normal() + (i % features === real[Math.floor(i / features)] ? 3 : 0)
  )
  const request = {
    data: { layers: [vectors], width: features, rows: allRows(count), sentences: allRows(count) },
    labels: [real, drawn],
    classes: 3,
    seed: 1,
    restart: 0,
    job: silentJob(),
    onProgress: () => undefined
  }
  const measured = await variationalCodelength(request, [], () => undefined)
  expect(tf.memory().numTensors).toBe(0)
  const { bits, uniformBits, compression, control, variational } = measured
  expect(uniformBits).toBeCloseTo(count * Math.log2(3), 9)
  expect(compression).toBeCloseTo(uniformBits / bits, 9)
  expect(variational!.labelBits + variational!.parameterBits).toBeCloseTo(bits, 9)
  expect(compression).toBeGreaterThan(2.5)
  // Nothing can be known of random labels: the parameters tell nothing, and take next to nothing.
  expect(control!.compression).toBeLessThan(1.01)
  expect(control!.compression).toBeGreaterThan(0.9)
  expect(await variationalCodelength(request, [], () => undefined)).toEqual(measured)
}, 60_000)
