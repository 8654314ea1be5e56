import { beforeAll, expect, test } from 'vitest'
import { paretoPoints } from '@shared/curve'
import { silentJob } from '@shared/jobs'
import { hypervolume, paretoFront } from '@shared/pareto'
import { defaultMethod } from '@shared/probeMethods'
import { seededRandom } from '@shared/random'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { cellsOf } from '../../../src/main/engine/curves/cells'
import { runCurve } from '../../../src/main/engine/curves/curveRunner'
import { memorisedShare, randomLayer, randomVectors } from '../../../src/main/engine/curves/memorising'
import { probeMethods } from '../../../src/main/engine/probes/methods/methods'
import type { ProbeItems } from '../../../src/main/engine/probes/probeRunner'
import { allRows, fixture, type RegressionFixture } from '../probes/fixture'
import { nativeReady } from '../probes/subjects'

const theirs = fixture<{
  memorised: { seed: number; C: number; labels: number[]; share: number }[]
  clouds: { points: [number, number][]; area: number }[]
}>('pareto.json')

beforeAll(async () => {
  await pickBackend({ prefer: nativeReady ? 'tensorflow' : 'wasm' })
})

test('the front has what nothing beats', () => {
  const at = (complexity: number, accuracy: number) => ({ complexity, accuracy })
  expect(paretoFront([at(0.5, 0.9), at(0.2, 0.6), at(0.2, 0.7), at(0.6, 0.9), at(0.4, 0.65), at(0.9, 0.95)])).toEqual([
    at(0.2, 0.7),
    at(0.5, 0.9),
    at(0.9, 0.95)
  ])
  expect(hypervolume([at(0, 1)])).toBe(1)
  expect(hypervolume([at(1, 1)])).toBe(0)
  expect(hypervolume([at(0.2, 0.7), at(0.5, 0.9)])).toBeCloseTo(0.7 * 0.3 + 0.9 * 0.5, 12)
  expect(hypervolume([])).toBe(0)
})

test.each(theirs.clouds)('the hypervolume is the area that $points.length points dominate', ({ points, area }) => {
  expect(hypervolume(points.map(([complexity, accuracy]) => ({ complexity, accuracy })))).toBeCloseTo(area, 12)
})

test.each(theirs.memorised)('a linear probe memorises as much as scikit-learn’s: seed $seed, C = $C', async (one) => {
  const { rows, width, classes, x, y } = fixture<RegressionFixture>('regression-usual.json')
  const share = await memorisedShare(
    probeMethods.linear,
    {
      data: { layers: [new Float32Array(x)], width, rows: allRows(rows), sentences: allRows(rows) },
      classes,
      options: { ...defaultMethod('linear'), inverseRegularisation: one.C },
      seed: one.seed,
      restart: 0,
      job: silentJob(),
      onProgress: () => undefined
    },
    Int32Array.from(y),
    silentJob()
  )
  expect(Math.abs(share - one.share) * rows).toBeLessThan(2.01)
})

test('larger probes learn more by heart; random vectors of types know types alone', async () => {
  const width = 16
  const items = (count: number, seed: number): ProbeItems => {
    const random = seededRandom(seed)
    const classes = Int32Array.from({ length: count }, () => random.integer(3))
    const values = Float32Array.from(
      { length: count * width },
      (_, i) => random.normal() + (i % width === classes[Math.floor(i / width)] ? 2 : 0)
    )
    return {
      items: count,
      classes,
      types: Array.from({ length: count }, (_, i) => `word${i % 40}`),
      sentences: Int32Array.from({ length: count }, (_, i) => Math.floor(i / 4)),
      vectors: () => values
    }
  }
  const base = {
    probe: { ...defaultMethod('mlp'), batch: 16 },
    control: true,
    seed: 3,
    trainSplit: 'train',
    testSplit: 'test'
  }
  const settings = { kind: 'pareto' as const, sizes: [64, 2, 0] }
  const cells = cellsOf(settings, base)
  expect(cells.map(({ at, control, memorising }) => [at, control, memorising])).toEqual([
    [0, false, true],
    [2, false, true],
    [64, false, true]
  ])
  const { points } = await runCurve({
    settings,
    cells,
    layers: [0, randomLayer],
    width,
    classes: ['A', 'B', 'C'],
    parts: new Map([
      ['train', items(400, 1)],
      ['test', items(200, 2)]
    ]),
    seed: 3,
    known: [],
    onPoint: () => undefined,
    cost: () => 1,
    job: silentJob()
  })
  const [layer, random] = [0, randomLayer].map((one) => paretoPoints({ points }, one))
  expect(layer!.map(({ at }) => at)).toEqual([0, 2, 64])
  expect(layer![2]!.complexity).toBeGreaterThan(layer![1]!.complexity + 0.1)
  for (const place of [0, 2]) expect(layer![place]!.accuracy).toBeGreaterThan(0.8)
  // Classes are drawn without a look at the types.
  for (const { accuracy } of random!) expect(accuracy).toBeLessThan(0.5)
  expect(hypervolume(layer!)).toBeGreaterThan(hypervolume(random!))
})

test('a type has the same random vector in every part', () => {
  const [first, second] = [randomVectors(['a', 'b', 'a'], 4, 1), randomVectors(['c', 'a'], 4, 1)]
  expect(first.subarray(0, 4)).toEqual(first.subarray(8))
  expect(first.subarray(0, 4)).toEqual(second.subarray(4))
  expect(first.subarray(4, 8)).not.toEqual(first.subarray(0, 4))
  expect(randomVectors(['a'], 4, 2)).not.toEqual(first.subarray(0, 4))
})
