import { beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { defaultMethod } from '@shared/probeMethods'
import { meanOf } from '@shared/spread'
import type { TuneRequest } from '@shared/tuning'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { crossValidate } from '../../../src/main/engine/probes/crossValidation'
import { assignFolds } from '../../../src/main/engine/probes/folds'
import type { ProbeItems } from '../../../src/main/engine/probes/probeRunner'
import { fixture } from './fixture'
import { nativeReady } from './subjects'

interface Nested {
  folds: { chosen: { C: number; penalty?: string }; accuracy: number; tried: number[] }[]
  fold_of: number[]
  predicted: number[]
  pooled: number
}

const theirs = fixture<{
  width: number
  classes: number
  outer: number
  inner: number
  C: number[]
  x: number[]
  y: number[]
  document: number[]
  strength: Nested
  penalty: Nested
}>('nested.json')

const documents = Int32Array.from(theirs.document)
const names = Array.from({ length: theirs.classes }, (_, k) => `class${k}`)

function items(): ProbeItems {
  const values = new Float32Array(theirs.x)
  return {
    items: theirs.y.length,
    classes: Int32Array.from(theirs.y),
    types: theirs.y.map((_, i) => `word${i % 90}`),
    sentences: Int32Array.from(theirs.y, (_, i) => Math.floor(i / 4)),
    clusters: { by: 'document', of: documents },
    vectors: () => values
  }
}

function nested(tune: TuneRequest | undefined, changes: object = {}) {
  return crossValidate({
    layers: [0],
    width: theirs.width,
    train: items(),
    classes: names,
    folds: theirs.outer,
    innerFolds: theirs.inner,
    tune,
    options: { probe: defaultMethod('linear'), control: false, seed: 1, ...changes },
    job: silentJob()
  })
}

test('folds take whole documents and are those of GroupKFold', () => {
  expect(Array.from(assignFolds(documents, theirs.outer, 7))).toEqual(theirs.strength.fold_of)
})

test('equally large clusters are drawn with the seed, and folds stay as even as they can be', () => {
  const clusters = Int32Array.from({ length: 60 }, (_, i) => Math.floor(i / 3))
  const folds = assignFolds(clusters, 4, 1)
  expect(Array.from(assignFolds(clusters, 4, 1))).toEqual(Array.from(folds))
  expect(Array.from(assignFolds(clusters, 4, 2))).not.toEqual(Array.from(folds))
  expect([0, 1, 2, 3].map((fold) => folds.filter((each) => each === fold).length)).toEqual([15, 15, 15, 15])
  expect(() => assignFolds(Int32Array.of(1, 1, 2), 3, 1)).toThrow(
    '3 folds need as many sentences or documents, and there are 2: take fewer folds or more data.'
  )
})

describe('on one backend', () => {
  beforeAll(async () => {
    await pickBackend({ prefer: nativeReady ? 'tensorflow' : 'wasm' })
  })

  test.each([
    ['C', 'strength', theirs.C],
    ['C and penalty', 'penalty', { inverseRegularisation: [0.05, 0.1, 1], penalty: ['l2', 'l1'] }]
  ] as const)('chooses %s in each fold as GridSearchCV does, and scores as it does', async (_, name, tune) => {
    const reference = theirs[name]
    const { summary, options, tensors } = await nested(tune as unknown as TuneRequest)
    const { folds } = options.folds!
    expect(options.folds).toMatchObject({ by: 'document', inner: theirs.inner })
    expect(folds.map(({ tuning }) => tuning!.chosen)).toEqual(
      reference.folds.map(({ chosen: { C, penalty } }) => ({
        inverseRegularisation: C,
        ...(penalty === undefined ? {} : { penalty })
      }))
    )
    folds.forEach(({ tuning, accuracy, testItems }, fold) => {
      tuning!.tried.forEach((setting, i) =>
        expect(Math.abs(setting.accuracy[0]! - reference.folds[fold]!.tried[i]!)).toBeLessThan(0.003)
      )
      expect(Math.abs(accuracy[0]! - reference.folds[fold]!.accuracy) * testItems).toBeLessThan(1.01)
    })
    const [layer] = summary.layers
    expect(Math.abs(layer!.accuracy - reference.pooled)).toBeLessThan(0.003)
    const same = reference.predicted.filter((label, item) => tensors.predictions.data[item] === label).length
    expect(same / theirs.y.length).toBeGreaterThan(0.995)
    // By document: 12 of them, so far wider than what as many independent items would have.
    const [low, high] = layer!.accuracyInterval!
    expect(summary.clusters).toEqual({ by: 'document', count: new Set(theirs.document).size })
    expect(low).toBeLessThan(layer!.accuracy)
    expect(high).toBeGreaterThan(layer!.accuracy)
  })

  test('labels of a fold decide nothing of what is chosen for it or predicted of it', async () => {
    const first = await nested(theirs.C, { conditional: true })
    const fold = theirs.strength.fold_of
    const swapped = items()
    swapped.classes = swapped.classes.map((label, item) => (fold[item] === 2 ? (label + 1) % theirs.classes : label))
    const other = await crossValidate({
      layers: [0],
      width: theirs.width,
      train: swapped,
      classes: names,
      folds: theirs.outer,
      innerFolds: theirs.inner,
      tune: theirs.C,
      options: { probe: defaultMethod('linear'), control: false, seed: 1 },
      job: silentJob()
    })
    expect(other.options.folds!.folds[2]!.tuning).toEqual(first.options.folds!.folds[2]!.tuning)
    const predicted = ({ tensors }: typeof first) =>
      Array.from(tensors.predictions.data).filter((_, item) => fold[item] === 2)
    expect(predicted(other)).toEqual(predicted(first))
    expect(first.summary.layers[0]!.conditional!.items).toBeLessThan(theirs.y.length)
  })

  test('everything is pooled over the folds: baselines, control task, calibration', async () => {
    const { summary, options, tensors } = await nested(undefined, { control: true })
    const [layer] = summary.layers
    const { folds, inner } = options.folds!
    expect(inner).toBeUndefined()
    const items = folds.map(({ testItems }) => testItems)
    expect(items.reduce((sum, count) => sum + count, 0)).toBe(theirs.y.length)
    expect(layer!.accuracy).toBeCloseTo(
      folds.reduce((sum, { accuracy, testItems }) => sum + accuracy[0]! * testItems, 0) / theirs.y.length,
      12
    )
    const rightOf = (name: string) => Array.from(tensors[name]!.data)
    expect(summary.memoriser.accuracy).toBeCloseTo(
      meanOf(rightOf('memoriser').map((label, item) => Number(label === theirs.y[item]))),
      12
    )
    expect(layer!.control!.accuracy).toBeCloseTo(meanOf(rightOf('controlRight')), 12)
    expect(layer!.selectivity).toBeCloseTo(layer!.accuracy - layer!.control!.accuracy, 12)
    expect(layer!.calibration!.bins.reduce((sum, bin) => sum + bin.items, 0)).toBe(theirs.y.length)
    // The probes that are kept learnt all items; their weights are those of a run over all of them.
    expect(tensors.weights!.shape).toEqual([1, theirs.width + 1, theirs.classes])
  })
})
