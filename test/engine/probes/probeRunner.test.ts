import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { defaultMethod } from '@shared/probeMethods'
import { JobCancelled, silentJob, type JobHandle } from '@shared/jobs'
import { seededRandom } from '@shared/random'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { runProbe, type ProbeItems, type ProbeRunInput } from '../../../src/main/engine/probes/probeRunner'
import { backends } from './subjects'

const width = 12
const classes = ['NOUN', 'VERB', 'ADJ', 'X']

/**
 * Words whose vectors say their class in layer 1 and nothing in layer 0; three words a sentence, types of four words
 * each.
 */
function items(
  count: number,
  seed: number,
  classOf: (draw: number) => number = (draw) => Math.floor(3 * draw)
): ProbeItems {
  const random = seededRandom(seed)
  const labels = Int32Array.from({ length: count }, () => classOf(random.next()))
  const layers = [0, 2].map((strength) => {
    const values = new Float32Array(count * width)
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < width; j++) values[i * width + j] = random.normal() + (j === labels[i] ? strength : 0)
    }
    return values
  })
  return {
    items: count,
    classes: labels,
    types: Array.from({ length: count }, (_, i) => `word${Math.floor(i / 4)}`),
    sentences: Int32Array.from({ length: count }, (_, i) => Math.floor(i / 3)),
    vectors: (layer) => layers[layer]!
  }
}

function input(changes: Partial<ProbeRunInput> = {}): ProbeRunInput {
  return {
    layers: [0, 1],
    width,
    train: items(600, 1),
    test: items(300, 2),
    classes,
    options: { probe: defaultMethod('linear'), control: true, seed: 5 },
    job: silentJob(),
    ...changes
  }
}

/** Classes by the kept weights, over raw vectors. */
function byWeights(vectors: Float32Array, weights: Float32Array | Int32Array): Int32Array {
  const count = classes.length
  return Int32Array.from({ length: vectors.length / width }, (_, i) => {
    const logits = Array.from({ length: count }, (_, k) => {
      let sum = weights[width * count + k]!
      for (let j = 0; j < width; j++) sum += vectors[i * width + j]! * weights[j * count + k]!
      return sum
    })
    return logits.indexOf(Math.max(...logits))
  })
}

function sumOf(values: Iterable<number>): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}

describe.each(backends)('a run on %s', (backend) => {
  beforeAll(async () => {
    expect((await pickBackend({ prefer: backend })).name).toBe(backend)
  })

  test('finds the layer that knows, beside its baselines and its control', async () => {
    const given = input()
    const { summary, tensors, options } = await runProbe(given)
    expect(tf.memory().numTensors).toBe(0)
    expect(summary.trainWords).toBe(600)
    expect(summary.testWords).toBe(300)
    expect(summary.testSentences).toBe(100)
    expect(options).toMatchObject({ probe: { kind: 'linear', inverseRegularisation: 1 }, standardise: true, seed: 5 })

    const [blind, knowing] = summary.layers
    expect(blind!.layer).toBe(0)
    expect(blind!.accuracy).toBeLessThan(0.45)
    expect(knowing!.accuracy).toBeGreaterThan(0.75)
    for (const layer of summary.layers) {
      expect(layer.converged).toBe(true)
      expect(layer.accuracyInterval![0]).toBeLessThan(layer.accuracy)
      expect(layer.accuracyInterval![1]).toBeGreaterThan(layer.accuracy)
      expect(layer.macroF1Interval![0]).toBeLessThan(layer.macroF1)
      expect(layer.macroF1Interval![1]).toBeGreaterThan(layer.macroF1)
      expect(layer.selectivity).toBeCloseTo(layer.accuracy - layer.control!.accuracy, 12)
      expect(layer.selectivityInterval![0]).toBeLessThan(layer.selectivity!)
      expect(layer.selectivityInterval![1]).toBeGreaterThan(layer.selectivity!)
      expect(layer.perClass.map((score) => score.label)).toEqual(classes)
    }

    // What is kept agrees with what is reported.
    const gold = given.test.classes
    expect(tensors.gold.data).toEqual(gold)
    for (const [index, layer] of summary.layers.entries()) {
      const predictions = tensors.predictions.data.subarray(index * 300, (index + 1) * 300)
      expect(predictions.filter((id, i) => id === gold[i]).length / 300).toBeCloseTo(layer.accuracy, 12)
      const weights = tensors['weights']!.data.subarray(index * (width + 1) * 4, (index + 1) * (width + 1) * 4)
      expect(byWeights(given.test.vectors(layer.layer), weights)).toEqual(predictions)
      const confusion = tensors.confusion.data.subarray(index * 16, (index + 1) * 16)
      expect(sumOf(confusion)).toBe(300)
      expect(layer.perClass.map((score) => score.support)).toEqual(
        [0, 1, 2, 3].map((k) => gold.filter((id) => id === k).length)
      )
    }
    tensors.probability.data.forEach((p) => {
      expect(p).toBeGreaterThanOrEqual(1 / 3 - 1e-6)
      expect(p).toBeLessThanOrEqual(1)
    })
  })

  test('leaves out items without a label, wherever they stand', async () => {
    const train = items(400, 1)
    const test_ = items(200, 2)
    const keptTrain = train.classes.map((id, i) => (i % 5 === 2 ? -1 : id))
    const keptTest = test_.classes.map((id, i) => (i % 7 === 0 ? -1 : id))
    const { summary, tensors } = await runProbe(
      input({ train: { ...train, classes: keptTrain }, test: { ...test_, classes: keptTest }, layers: [1] })
    )
    expect(summary.trainWords).toBe(320)
    expect(summary.testWords).toBe(200 - 29)
    expect(sumOf(tensors.confusion.data)).toBe(200 - 29)
    expect(tensors.gold.data[0]).toBe(-1)
  })
})

describe('a run', () => {
  beforeAll(async () => {
    await pickBackend({ prefer: 'cpu' })
  })

  test('a class that only the test data has is always missed, and never answered', async () => {
    const { summary, tensors } = await runProbe(
      input({ test: items(300, 2, (draw) => Math.floor(4 * draw)), layers: [1] })
    )
    const rare = summary.layers[0]!.perClass[3]!
    expect(rare.support).toBeGreaterThan(40)
    expect(rare.recall).toBe(0)
    expect(rare.f1).toBe(0)
    expect(tensors.predictions.data).not.toContain(3)
    // Its weights say so too, for any sentence typed later.
    const [, , count] = tensors['weights']!.shape as [number, number, number]
    expect(tensors['weights']!.data[width * count + 3]).toBe(-1e9)
  })

  test('fewer words than features are enough', async () => {
    const { summary } = await runProbe(
      input({ train: items(9, 1), layers: [1], options: { probe: defaultMethod('linear'), control: false, seed: 1 } })
    )
    expect(summary.layers[0]!.converged).toBe(true)
    expect(summary.layers[0]!.control).toBeUndefined()
    expect(summary.layers[0]!.selectivity).toBeUndefined()
  })

  test('equal seeds give equal runs; another seed changes the control and not the probe', async () => {
    const first = await runProbe(input({ layers: [1] }))
    expect((await runProbe(input({ layers: [1] }))).tensors).toEqual(first.tensors)
    const other = await runProbe(
      input({ layers: [1], options: { probe: defaultMethod('linear'), control: true, seed: 6 } })
    )
    expect(other.summary.layers[0]!.accuracy).toBe(first.summary.layers[0]!.accuracy)
    expect(other.summary.layers[0]!.control).not.toEqual(first.summary.layers[0]!.control)
  })

  test('a stronger penalty pulls the weights towards 0', async () => {
    const size = async (inverseRegularisation: number): Promise<number> => {
      const { tensors } = await runProbe(
        input({
          layers: [1],
          options: { probe: { ...defaultMethod('linear'), inverseRegularisation }, control: false, seed: 1 }
        })
      )
      return sumOf(Array.from(tensors['weights']!.data.subarray(0, width * 4), (weight) => weight * weight))
    }
    const [weak, usual, strong] = [await size(100), await size(1), await size(1e-3)]
    expect(strong).toBeLessThan(usual / 4)
    expect(usual).toBeLessThan(weak)
  })

  const nothing = (count: number): ProbeItems => ({ ...items(count, 1), classes: new Int32Array(count).fill(-1) })
  test.each<[string, Partial<ProbeRunInput>, string]>([
    [
      'no training label',
      { train: nothing(20) },
      'Nothing in the training split carries a label of this task; choose another split or another task.'
    ],
    [
      'no test label',
      { test: nothing(20) },
      'Nothing in the test split carries a label of this task; choose another split or another task.'
    ],
    [
      'one class',
      { train: items(20, 1, () => 1) },
      "Every label of the training split is 'VERB'; a probe needs at least two classes. Train on more data or choose another task."
    ],
    [
      'no class in both parts',
      { train: items(20, 1, (draw) => Math.floor(2 * draw)), test: items(20, 2, () => 2) },
      'no class is in both, so every answer would be wrong. Check the spelling of the labels, or choose other splits.'
    ]
  ])('is refused with a sentence: %s', async (_, changes, sentence) => {
    await expect(runProbe(input(changes))).rejects.toThrow(sentence)
  })

  test('reports progress that only grows and ends complete', async () => {
    const shares: number[] = []
    const job: JobHandle = { ...silentJob(), progress: (done, total) => shares.push(done / total) }
    await runProbe(input({ job }))
    shares.slice(1).forEach((share, i) => expect(share).toBeGreaterThanOrEqual(shares[i]!))
    expect(shares.at(-1)).toBe(1)
  })

  test('ends at the next chance when it is cancelled, leaving nothing behind', async () => {
    let chances = 0
    const job: JobHandle = {
      ...silentJob(),
      yield: () => (++chances === 3 ? Promise.reject(new JobCancelled()) : Promise.resolve())
    }
    const before = tf.memory().numTensors
    await expect(runProbe(input({ job }))).rejects.toThrow(JobCancelled)
    expect(chances).toBe(3)
    expect(tf.memory().numTensors).toBe(before)
  })
})
