import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { defaultMethod, methodTitle, type ProbeMethodOptions } from '@shared/probeMethods'
import { seededRandom } from '@shared/random'
import { deviationOf, meanOf } from '@shared/spread'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { runProbe, type ProbeItems } from '../../../src/main/engine/probes/probeRunner'
import { seedScores } from '../../../src/main/engine/probes/scores/seedScores'
import { runStructural } from '../../../src/main/engine/probes/structural/structuralRunner'
import { treeDepths, treeDistances } from '../../../src/main/engine/probes/structural/trees'

const width = 8

/** Words of three classes that lie apart; four words a type, three a sentence. */
function items(count: number, seed: number): ProbeItems {
  const random = seededRandom(seed)
  const classes = Int32Array.from({ length: count }, () => random.integer(3))
  const values = Float32Array.from(
    { length: count * width },
    (_, i) => random.normal() + (i % width === classes[Math.floor(i / width)] ? 1.5 : 0)
  )
  return {
    items: count,
    classes,
    types: Array.from({ length: count }, (_, i) => `word${Math.floor(i / 4)}`),
    sentences: Int32Array.from({ length: count }, (_, i) => Math.floor(i / 3)),
    vectors: () => values
  }
}

const train = items(400, 1)
const unseen = items(200, 2)
const run = async (probe: ProbeMethodOptions, seed: number, seeds: number, control = true) =>
  (
    await runProbe({
      layers: [0],
      width,
      train,
      test: unseen,
      classes: ['A', 'B', 'C'],
      options: { probe, control, seed, seeds },
      job: silentJob()
    })
  ).summary.layers[0]!

const fast = { epochs: 6, batch: 64, learningRate: 0.02 }
const kinds: ProbeMethodOptions[] = [
  defaultMethod('linear'),
  { ...defaultMethod('linear'), penalty: 'l1' },
  { ...defaultMethod('mlp'), hidden: [8], ...fast },
  { ...defaultMethod('lowRank'), ranks: [1, 2], ...fast },
  defaultMethod('knn')
]

beforeAll(async () => {
  await pickBackend({ prefer: 'cpu' })
})

describe('several seeds in one run', () => {
  test.each(kinds.map((probe) => [methodTitle(probe), probe] as const))(
    '%s: as many runs of one seed each',
    async (_, probe) => {
      const together = await run(probe, 5, 3)
      expect(tf.memory().numTensors).toBe(0)
      const alone = [await run(probe, 5, 1), await run(probe, 6, 1), await run(probe, 7, 1)]
      // Solved side by side, sums are rounded otherwise: a word or two may be answered otherwise.
      const near = (ours: readonly number[], theirs: readonly number[]): void =>
        ours.forEach((value, i) => expect(Math.abs(value - theirs[i]!)).toBeLessThanOrEqual(2 / unseen.items))
      near(
        together.seeds!.accuracy,
        alone.map(({ accuracy }) => accuracy)
      )
      near(
        together.seeds!.control!,
        alone.map(({ control }) => control!.accuracy)
      )
      expect(new Set(together.seeds!.control).size).toBeGreaterThan(1)
      expect(together.seeds!.selectivity).toEqual(
        together.seeds!.accuracy.map((value, i) => value - together.seeds!.control![i]!)
      )
      expect([together.seeds!.accuracy[0], together.seeds!.control![0]]).toEqual([
        together.accuracy,
        together.control!.accuracy
      ])
      expect(alone[0]!.seeds).toBeUndefined()
    }
  )

  test('a linear probe draws nothing: one accuracy for all; an MLP starts afresh', async () => {
    expect(new Set((await run(defaultMethod('linear'), 5, 3)).seeds!.accuracy).size).toBe(1)
    expect(
      new Set((await run({ ...defaultMethod('mlp'), hidden: [8], ...fast }, 5, 4)).seeds!.accuracy).size
    ).toBeGreaterThan(1)
  })

  test('without a control task there is no selectivity', async () => {
    const { seeds } = await run({ ...defaultMethod('mlp'), hidden: [8], ...fast }, 5, 2, false)
    expect(Object.keys(seeds!)).toEqual(['accuracy'])
  })

  test('beside restarts, ranks and codelength, each keeps what it is', async () => {
    const { summary } = await runProbe({
      layers: [0],
      width,
      train,
      test: unseen,
      classes: ['A', 'B', 'C'],
      options: {
        probe: { ...defaultMethod('lowRank'), ranks: [1, 2], ...fast },
        control: true,
        seed: 5,
        seeds: 2,
        restarts: 3,
        codelength: true
      },
      job: silentJob()
    })
    const { restarts, sweep, seeds, codelength, accuracy } = summary.layers[0]!
    expect([restarts![0], seeds!.accuracy[0], sweep!.at(-1)!.accuracy]).toEqual([accuracy, accuracy, accuracy])
    expect([restarts!.length, seeds!.accuracy.length, sweep!.map(({ rank }) => rank)]).toEqual([3, 2, [1, 2]])
    expect(codelength!.control!.bits).toBeGreaterThan(codelength!.bits)
  })
})

test('a structural probe is trained again from every seed', async () => {
  const random = seededRandom(3)
  const heads = [0, 1, 1, 2, 3]
  const trees = Array.from({ length: 30 }, (_, s) => ({
    rows: Int32Array.from(heads, (_, i) => 5 * s + i),
    distances: treeDistances(heads),
    depths: treeDepths(heads),
    punctuation: new Uint8Array(5)
  }))
  const vectors = Float32Array.from({ length: 150 * 4 }, () => random.normal())
  const split = { trees, vectors: () => vectors }
  const input = {
    layers: [0],
    width: 4,
    train: split,
    test: split,
    options: { ...defaultMethod('structural'), ranks: [2], epochs: 4 },
    job: silentJob()
  }
  const together = (await runStructural({ ...input, seed: 1, seeds: 3 })).summary.layers[0]!
  const alone = await Promise.all(
    [1, 2, 3].map(async (seed) => (await runStructural({ ...input, seed })).summary.layers[0]!.accuracy)
  )
  expect(together.seeds).toEqual({ accuracy: alone })
})

test('mean and standard deviation worked out by hand', () => {
  expect(meanOf([1, 2, 6])).toBe(3)
  // Squared distances 4, 1 and 9 over 2.
  expect(deviationOf([1, 2, 6])).toBeCloseTo(Math.sqrt(7), 12)
  expect(deviationOf([4])).toBe(0)
  expect(
    seedScores([
      { accuracy: 0.75, control: 0.5 },
      { accuracy: 0.5, control: 0.5 }
    ])
  ).toEqual({ accuracy: [0.75, 0.5], control: [0.5, 0.5], selectivity: [0.25, 0] })
  expect(seedScores([{ accuracy: 0.75 }, { accuracy: 0.5 }])).toEqual({ accuracy: [0.75, 0.5] })
})
