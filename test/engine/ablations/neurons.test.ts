import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { seededRandom } from '@shared/random'
import type { EditResources } from '../../../src/main/engine/ablations/edits/edit'
import { evaluate } from '../../../src/main/engine/ablations/evaluate'
import { probeAccuracy } from '../../../src/main/engine/ablations/measures/probeAccuracy'
import { classNeurons, rankNeurons } from '../../../src/main/engine/ablations/neurons/ranking'
import { curvesOf, neuronsOf, planRemovals, probeWithout } from '../../../src/main/engine/ablations/neurons/removal'
import { wordValues } from '../../../src/main/engine/ablations/neurons/wordValues'
import { variantOf } from '../../../src/main/engine/ablations/variants'
import { extractAll } from '../../../src/main/engine/activations/extract'
import { windowsOf, type Window } from '../../../src/main/engine/activations/windows'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import type { LoadedModel } from '../../../src/main/engine/models/model'
import { needTransformer } from '../../../src/main/engine/models/transformer/transformerModel'
import { resourcePath } from '../../../src/main/engine/paths'
import { fitSparse, sparseDefaults } from '../../../src/main/engine/probes/solvers/sparse'
import { measureFeatures } from '../../../src/main/engine/probes/solvers/standardise'

test('a neuron enters the order as soon as one class takes it, by hand', () => {
  // Shares of the classes: 0.4 0.3 0.2 0.1 and 0 0.1 0 0.9.
  const probe = { weight: Float32Array.of(4, -3, 2, 1, 0, 1, 0, -9), classes: 2, width: 4 }
  const { order, mass } = rankNeurons(probe)
  expect([...order]).toEqual([3, 0, 1, 2])
  expect([...mass].map((share) => Number(share.toFixed(6)))).toEqual([0.5, 0.7, 0.9, 1])
  expect(classNeurons(probe, 0, 2)).toEqual({
    top: [
      { neuron: 0, share: 0.4 },
      { neuron: 1, share: 0.3 }
    ],
    half: 2
  })
  expect(classNeurons(probe, 1, 9)).toEqual({
    top: [
      { neuron: 3, share: 0.9 },
      { neuron: 1, share: 0.1 }
    ],
    half: 1
  })
})

test('a class without weights takes no neuron, and neurons of no class come last', () => {
  const { order, mass } = rankNeurons({ weight: Float32Array.of(0, 0, 0, 0, 5, 0), classes: 2, width: 3 })
  expect([...order]).toEqual([1, 0, 2])
  expect([...mass]).toEqual([0.5, 0.5, 0.5])
})

describe('against NeuroX', () => {
  interface Reference {
    width: number
    classes: number
    inverseRegularisation: number
    l1Ratio: number
    x: number[]
    labels: number[]
    weights: number[]
    /** Neurons taken at each of 100 steps of the share of the mass. */
    taken: number[][]
  }
  const theirs = JSON.parse(readFileSync('test/fixtures/ablations/neurons.json', 'utf8')) as Reference
  const { width, classes } = theirs

  test('the order has its steps: what a share of the mass takes comes before all the rest', () => {
    const { order } = rankNeurons({ weight: Float32Array.from(theirs.weights), classes, width })
    for (const taken of theirs.taken) expect([...order.slice(0, taken.length)].sort((a, b) => a - b)).toEqual(taken)
    // Steps of one or two neurons, so that little is left to the order within a step.
    expect(new Set(theirs.taken.map((taken) => taken.length)).size).toBeGreaterThan(12)
  })

  test('the probe that ranks has the weights of the elastic net of scikit-learn, and so its order', async () => {
    await pickBackend()
    const data = { values: Float32Array.from(theirs.x), width, rows: Int32Array.from(theirs.labels.keys()) }
    const { scale } = await measureFeatures(data, silentJob())
    const [probe] = await fitSparse(
      data,
      [Int32Array.from(theirs.labels)],
      classes,
      { ...sparseDefaults, inverseRegularisation: theirs.inverseRegularisation, l1Ratio: theirs.l1Ratio },
      silentJob(),
      () => undefined
    )
    const weight = probe!.weight.map((value, i) => value * scale[i % width]!)
    const largest = Math.max(...theirs.weights.map(Math.abs))
    weight.forEach((value, i) => expect(Math.abs(value - theirs.weights[i]!)).toBeLessThan(0.02 * largest))
    const { order } = rankNeurons({ weight, classes, width })
    for (const taken of theirs.taken) {
      const ours = new Set(order.slice(0, taken.length))
      // At the edge of a step two neurons of nearly the same weight may change places.
      expect(taken.filter((neuron) => !ours.has(neuron)).length).toBeLessThanOrEqual(1)
    }
  })
})

test('removals: every order at every count between, all of them once', () => {
  const plan = planRemovals(
    Int32Array.from({ length: 20 }, (_, i) => i),
    2,
    1
  )
  expect(plan.counts).toEqual([0, 1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 18, 19, 20])
  expect(plan.removals).toHaveLength(4 * 12 + 1)
  expect(neuronsOf(plan, { order: 0, count: 3 })).toEqual([0, 1, 2])
  expect(neuronsOf(plan, { order: 1, count: 3 })).toEqual([17, 18, 19])
  expect(neuronsOf(plan, { order: 2, count: 20 })).toEqual([...plan.orders[0]!])
  const effects = plan.removals.map(({ order, count }) => ({
    value: 100 * order + count,
    difference: 0,
    interval: [0, 0] as [number, number]
  }))
  const { top, bottom, random } = curvesOf(plan, 5, effects)
  expect(top.map(({ value }) => value)).toEqual([5, ...plan.counts.slice(1)])
  expect(bottom[1]!.value).toBe(101)
  expect(random[1]![2]!.value).toBe(302)
  // What is left of the model with all neurons gone is the same in any order.
  expect([top, bottom, ...random].map((curve) => curve.at(-1)!.value)).toEqual([20, 20, 20, 20])
})

test('a probe without neurons, by hand: 0 in their place, or a mean', async () => {
  await pickBackend()
  // Two classes: the first wins where x0 + 2 x1 > 1.
  const words = {
    vectors: Float32Array.of(2, 0, 0, 1, 0, 0),
    width: 2,
    weights: Float32Array.of(1, 0, 2, 0, -1, 0),
    classes: 2,
    gold: Int32Array.of(0, 0, 1),
    column: Int32Array.of(0, 0, 1),
    sentences: 2
  }
  expect(probeWithout(words, [], null)).toEqual({ sum: Float64Array.of(2, 1), count: Float64Array.of(2, 1) })
  expect(probeWithout(words, [1], null).sum).toEqual(Float64Array.of(1, 1))
  expect(probeWithout(words, [0, 1], null).sum).toEqual(Float64Array.of(0, 1))
  // A mean of 1 in place of the second feature: the first class always wins.
  expect(probeWithout(words, [1], Float32Array.of(0, 1)).sum).toEqual(Float64Array.of(2, 0))
})

describe('on the bundled decoder', () => {
  const store = new DatasetStore()
  let model: LoadedModel
  let windows: Window[] = []
  let sentences: string[][] = []
  beforeAll(async () => {
    await pickBackend()
    model = await loadModel(resourcePath('models', 'gpt2-ud-tiny'))
    const { id } = await store.open({
      paths: [join(resourcePath('datasets', 'ud_english-ewt'), 'en_ewt-ud-dev.conllu.gz')],
      splitNames: ['dev']
    })
    sentences = store
      .text(id, 'dev')
      .sentences.slice(0, 20)
      .map((words) => [...words])
    const tokenizer = model.needTokenizer()
    await tokenizer.prepare(sentences.flat())
    windows = sentences.flatMap((words, i) => windowsOf(tokenizer, i, words))
  })
  afterAll(() => model.dispose())

  test('values of words are those that extraction gives', async () => {
    const { width, layers } = model.shape
    const ours = await wordValues(
      model,
      windows,
      ['embed', `blocks.${layers - 1}.resid_post`],
      [width, width],
      'last',
      silentJob()
    )
    const words = sentences.flat().length
    expect(ours.sentences).toHaveLength(words)
    for (const [layer, at] of [
      [0, 'embed'],
      [layers, `blocks.${layers - 1}.resid_post`]
    ] as const) {
      const theirs = new Float32Array(words * width)
      await extractAll(model, sentences, { pooling: 'last' }, silentJob(), ({ chunk, layers: values }) =>
        theirs.set(values[layer]!, chunk.row * width)
      )
      ours.values.get(at)!.forEach((value, i) => expect(Math.abs(value - theirs[i]!)).toBeLessThan(1e-4))
    }
  })

  test('taken from the probe or from the layer it reads, neurons leave the same', async () => {
    const { width } = model.shape
    const [classes, layer] = [5, 2]
    const random = seededRandom(4)
    const weights = Float32Array.from({ length: (width + 1) * classes }, () => random.normal())
    const gold = (sentence: number, word: number): number => (3 * sentence + word) % classes
    const plan = planRemovals(
      Int32Array.from({ length: width }, (_, i) => (i * 5) % width),
      1,
      1
    )
    const read = await wordValues(model, windows, ['blocks.1.resid_post'], [width], 'last', silentJob())
    const variants = plan.removals.map((removal) =>
      variantOf(
        [{ at: 'blocks.1.resid_post', neurons: neuronsOf(plan, removal), edit: { kind: 'zero' } }],
        needTransformer(model).config,
        {} as EditResources
      )
    )
    const measure = probeAccuracy({ task: 'any', layer, pooling: 'last', weights, classes, width, gold })
    const theirs = await evaluate(model, windows, variants, [measure], silentJob())
    const words = {
      vectors: read.values.get('blocks.1.resid_post')!,
      width,
      weights,
      classes,
      gold: Int32Array.from(read.sentences, (sentence, i) => gold(sentence, read.positions[i]!)),
      column: read.sentences,
      sentences: sentences.length
    }
    plan.removals.forEach((removal, v) => {
      const ours = probeWithout(words, neuronsOf(plan, removal), null)
      expect([...ours.sum]).toEqual([...theirs.variants[0]!.subarray(v * sentences.length, (v + 1) * sentences.length)])
    })
  })
})
