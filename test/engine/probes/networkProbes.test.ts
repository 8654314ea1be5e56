import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { JobCancelled, silentJob, type JobHandle } from '@shared/jobs'
import { defaultMethod, type ProbeMethodOptions } from '@shared/probeMethods'
import { seededRandom } from '@shared/random'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { classify } from '../../../src/main/engine/probes/scores/classify'
import { answerOf, KeptNetworks } from '../../../src/main/engine/probes/keptNetworks'
import type { TrainedProbe } from '../../../src/main/engine/probes/methods/method'
import { probeMethods, type ClassProbeKind } from '../../../src/main/engine/probes/methods/methods'
import { holdOut } from '../../../src/main/engine/probes/solvers/minibatches'
import { Network } from '../../../src/main/engine/probes/solvers/network'
import { NetworkInput } from '../../../src/main/engine/probes/solvers/networkInput'
import { allRows } from './fixture'
import { backends } from './subjects'

const width = 6

/**
 * Two features whose signs make the class together (exclusive or), which no linear probe can tell; `strength` 0 hides
 * it.
 */
function exclusiveOr(count: number, seed: number, strength = 1) {
  const random = seededRandom(seed)
  const values = Float32Array.from({ length: count * width }, () => random.normal())
  const labels = Int32Array.from({ length: count }, (_, i) => (values[i * width]! * values[i * width + 1]! > 0 ? 1 : 0))
  return {
    values: values.map((value, i) => (i % width < 2 ? strength * value : value) * (1 + (i % width)) + (i % width)),
    labels
  }
}

const fast = { epochs: 30, batch: 32, learningRate: 0.02 }

async function fit(
  options: ProbeMethodOptions,
  layers: Float32Array[],
  labels: Int32Array[],
  restart = 0,
  job: JobHandle = silentJob()
): Promise<TrainedProbe[]> {
  const rows = allRows(labels[0]!.length)
  const data = { layers, width, rows, sentences: rows.map((row) => Math.floor(row / 4)) }
  return probeMethods[options.kind as ClassProbeKind].fit({
    data,
    labels,
    classes: 2,
    options,
    seed: 3,
    restart,
    job,
    onProgress: () => undefined
  })
}

async function accuracy(probe: TrainedProbe, layers: Float32Array[], labels: Int32Array): Promise<number> {
  const [answers] = await classify(layers, width, [probe], silentJob())
  return labels.filter((label, i) => answers!.predicted[i] === label).length / labels.length
}

describe.each(backends)('on %s', (backend) => {
  beforeAll(async () => {
    expect((await pickBackend({ prefer: backend })).name).toBe(backend)
  })

  test('an MLP learns what a linear probe cannot, equal to the last bit for an equal seed', async () => {
    const train = exclusiveOr(600, 1)
    const unseen = exclusiveOr(300, 2)
    const mlp = { ...defaultMethod('mlp'), hidden: [16], ...fast }
    const [first] = await fit(mlp, [train.values], [train.labels])
    expect(tf.memory().numTensors).toBe(0)
    expect(await accuracy(first!, [unseen.values], unseen.labels)).toBeGreaterThan(0.9)
    const [again] = await fit(mlp, [train.values], [train.labels])
    expect(again!.network).toEqual(first!.network)
    const [restarted] = await fit(mlp, [train.values], [train.labels], 1)
    expect(restarted!.network).not.toEqual(first!.network)
    const [linear] = await fit(defaultMethod('linear'), [train.values], [train.labels])
    expect(await accuracy(linear!, [unseen.values], unseen.labels)).toBeLessThan(0.65)
  })

  test('two hidden layers with dropout learn it too, and are kept as they answer', async () => {
    const train = exclusiveOr(600, 1)
    const [probe] = await fit(
      { ...defaultMethod('mlp'), hidden: [16, 8], dropout: 0.1, ...fast },
      [train.values],
      [train.labels]
    )
    expect(probe!.network!.map(({ weight, bias }) => [weight.length / bias.length, bias.length])).toEqual([
      [width, 16],
      [16, 8],
      [8, 2]
    ])
    const kept = new KeptNetworks(1, [0, 2], 3, 1)
    kept.keep(0, probe!)
    const [answers] = await classify([train.values], width, [probe!], silentJob())
    for (let i = 0; i < 20; i++) {
      const { label, probability } = answerOf(
        train.values.subarray(i * width, (i + 1) * width),
        Object.values(kept.tensors),
        0
      )
      expect(label).toBe(answers!.predicted[i] === 1 ? 2 : 0)
      expect(probability).toBeCloseTo(answers!.probability[i]!, 4)
    }
  })

  test('a mix finds the layer that knows', async () => {
    const random = seededRandom(5)
    const labels = Int32Array.from({ length: 600 }, () => random.integer(2))
    const noise = Float32Array.from({ length: 600 * width }, () => random.normal())
    const knowing = noise.map(
      (_, i) => 20 + 5 * random.normal() + (i % width === 2 ? 15 * labels[Math.floor(i / width)]! : 0)
    )
    const [probe] = await fit(
      { ...defaultMethod('mix'), ...fast },
      [noise, knowing, noise.map((value) => -value)],
      [labels]
    )
    const { weights, gamma } = probe!.mixed!.mix
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 6)
    expect(weights[1]).toBeGreaterThan(0.6)
    expect(gamma).toBeGreaterThan(1)
    expect(await accuracy(probe!, [noise, knowing, noise.map((value) => -value)], labels)).toBeGreaterThan(0.85)
    expect(tf.memory().numTensors).toBe(0)
  })

  test('a low-rank probe is one linear map of its rank', async () => {
    const random = seededRandom(7)
    const labels = Int32Array.from({ length: 400 }, () => random.integer(2))
    const values = Float32Array.from(
      { length: 400 * width },
      (_, i) => random.normal() + (i % width === 1 ? 3 * labels[Math.floor(i / width)]! : 0)
    )
    const [probe] = await fit({ ...defaultMethod('lowRank'), ranks: [1], ...fast }, [values], [labels])
    expect(await accuracy(probe!, [values], labels)).toBeGreaterThan(0.9)
    const { weight } = probe!.network![0]!
    expect(weight).toHaveLength(width * 2)
    // Rank 1: every row is a multiple of every other.
    for (let j = 1; j < width; j++)
      expect(weight[0]! * weight[2 * j + 1]! - weight[1]! * weight[2 * j]!).toBeCloseTo(0, 4)
  })

  test('nearest neighbours vote', async () => {
    const values = new Float32Array(8 * width)
    const labels = Int32Array.from([0, 0, 0, 0, 1, 1, 1, 1])
    labels.forEach((label, i) => values.set([label * 10 + i / 10, i % 3, 1], i * width))
    for (const metric of ['euclidean', 'cosine'] as const) {
      const [probe] = await fit({ kind: 'knn', k: 3, metric }, [values], [labels])
      const [answers] = await classify([values], width, [probe!], silentJob())
      expect(Array.from(answers!.predicted)).toEqual(Array.from(labels))
      expect(answers!.probability[0]).toBeCloseTo(1, 6)
      probe!.dispose()
    }
    expect(tf.memory().numTensors).toBe(0)
  })
})

test('gives its memory back when it is cancelled', async () => {
  await pickBackend({ prefer: 'cpu' })
  const train = exclusiveOr(600, 1)
  const before = tf.memory().numTensors
  let chances = 0
  const job: JobHandle = {
    ...silentJob(),
    yield: () => (++chances === 3 ? Promise.reject(new JobCancelled()) : Promise.resolve())
  }
  await expect(fit({ ...defaultMethod('mlp'), hidden: [64] }, [train.values], [train.labels], 0, job)).rejects.toThrow(
    JobCancelled
  )
  expect(tf.memory().numTensors).toBe(before)
})

test('whole sentences are held out, at least one', () => {
  const sentences = Int32Array.from([5, 5, 6, 7, 7, 7])
  const { train, heldOut } = holdOut(sentences, 0.1, 1)
  expect(new Set(heldOut.map((i) => sentences[i]!)).size).toBe(1)
  expect([...train, ...heldOut].sort()).toEqual([0, 1, 2, 3, 4, 5])
  expect(holdOut(new Int32Array(3), 0.1, 1)).toEqual({ train: Int32Array.from([0, 1, 2]), heldOut: new Int32Array(0) })
})

test('the gradients are those of the loss: a step against finite differences', async () => {
  await pickBackend({ prefer: 'cpu' })
  const random = seededRandom(9)
  const count = 12
  const layers = [0, 1].map(() => Float32Array.from({ length: count * width }, () => random.normal()))
  const labels = Int32Array.from({ length: count }, () => random.integer(3))
  const data = { layers, width, rows: allRows(count), sentences: allRows(count) }
  const input = await NetworkInput.load(data, (measured) => measured, silentJob())
  const network = new Network(input, labels, 3, { hidden: [5, 4], activation: 'relu', dropout: 0 }, random)
  network.mix!.scores.set([0.3, -0.2])
  const { gradients, loss } = network.gradients(allRows(count), random)
  expect(loss).toBeCloseTo(network.loss(allRows(count)), 6)
  const step = 3e-4
  network.parameters.forEach((values, p) => {
    for (let i = 0; i < values.length; i += 3) {
      const at = values[i]!
      values[i] = at + step
      const above = network.loss(allRows(count))
      values[i] = at - step
      const below = network.loss(allRows(count))
      values[i] = at
      expect(Math.abs(gradients[p]![i]! - (above - below) / (2 * step))).toBeLessThan(1e-3)
    }
  })
  input.dispose()
})
